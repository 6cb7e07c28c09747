// What is on the disk after a recording, however the program ended.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "tests/e2e/record/run.h"
#include "viewer/trace/mapped_file.h"
#include "viewer/trace/read_trace.h"

namespace loopscope::e2e {
namespace {

using Files = std::vector<std::string>;

trace::ReadTrace read(const std::string& path) {
  auto file = trace::MappedFile::open(path);
  if (!file) {
    ADD_FAILURE() << file.error().text();
    return {};
  }
  auto result = trace::read_trace({file->bytes(), {}}, {});
  if (!result) {
    ADD_FAILURE() << result.error().text();
    return {};
  }
  return std::move(result).value();
}

std::uint64_t pending_timers(const model::Trace& trace) {
  std::uint64_t pending = 0;
  for (const auto& site : trace.sites) {
    if (site.kind == "uv_timer") pending += site.pending();
  }
  return pending;
}

std::string ring_of(const std::string& path) {
  auto file = trace::MappedFile::open(path);
  auto header = trace::read_process_header(file->bytes(), path);
  return header->ring_path;
}

TEST(RecordedTrace, OfAProgramThatExitsIsComplete) {
  WorkingFolder folder;
  Outcome outcome = run(recorded({program("looper"), "exit", "7"}));
  EXPECT_EQ(outcome.status, 7);
  EXPECT_EQ(folder.files(), Files{"trace.pb"});
  auto [trace, task_slots, embedded] = read("trace.pb");
  EXPECT_TRUE(trace.integrity.complete());
  EXPECT_EQ(trace.end_reason, model::EndReason::exit);
  EXPECT_TRUE(trace.exit_code_known);
  EXPECT_EQ(trace.exit_code, 7);
  EXPECT_EQ(pending_timers(trace), 23u);
  EXPECT_FALSE(std::filesystem::exists(ring_of("trace.pb")));
  EXPECT_NE(outcome.err.find("recorded trace.pb (looper, pid "), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("\nloopscope: loopscope analyze trace.pb\n"), std::string::npos) << outcome.err;
}

TEST(RecordedTrace, OfAKilledProgramHasEverythingAndSaysHowItEnded) {
  for (int signal : {SIGKILL, SIGSEGV, SIGTERM}) {
    WorkingFolder folder;
    Outcome outcome = run(recorded({program("looper"), "die", std::to_string(signal)}));
    EXPECT_EQ(outcome.status, 128 + signal);
    EXPECT_EQ(folder.files(), Files{"trace.pb"});
    auto [trace, task_slots, embedded] = read("trace.pb");
    EXPECT_TRUE(trace.integrity.end_seen);
    EXPECT_EQ(trace.integrity.lost_events, 0u);
    EXPECT_EQ(trace.end_reason, model::EndReason::signal);
    EXPECT_EQ(trace.signal, signal);
    EXPECT_EQ(pending_timers(trace), 23u);
    EXPECT_FALSE(std::filesystem::exists(ring_of("trace.pb")));
  }
}

TEST(RecordedTrace, CarriesNamesUnlessToldNotTo) {
  WorkingFolder folder;
  run(recorded({program("looper"), "exit", "0"}));
  bool found = false;
  read("trace.pb").embedded.for_each([&](std::uint64_t, auto, const auto& frames) {
    for (const auto& frame : frames) found |= frame.function == "run_loop";
  });
  EXPECT_TRUE(found);
  run(recorded({program("looper"), "flush and die", std::to_string(SIGKILL)}, {"-o", "killed.pb"}));
  EXPECT_FALSE(read("killed.pb").embedded.empty());
  run(recorded({program("looper"), "exit", "0"}, {"--no-symbols", "-o", "bare.pb"}));
  EXPECT_TRUE(read("bare.pb").embedded.empty());
}

TEST(RecordedTrace, IsLeftByNoProgramWithoutLoop) {
  WorkingFolder folder;
  for (auto words : {std::vector<std::string>{program("puppet"), "exit", "0"},
                     std::vector<std::string>{program("looper"), "die without loop"}}) {
    Outcome outcome = run(recorded(words));
    EXPECT_NE(outcome.err.find("nothing recorded: no event loop ran in "), std::string::npos) << outcome.err;
    EXPECT_EQ(folder.files(), Files{});
  }
}

TEST(RecordedTrace, ReplacesTheOneOfTheSameNameOnly) {
  WorkingFolder folder;
  std::ofstream("trace.pb") << "old";
  std::ofstream("trace.23.pb") << "somebody's";
  std::ofstream("other.pb") << "other";
  run(recorded({program("puppet"), "exit", "0"}));
  EXPECT_EQ(folder.files(), (Files{"other.pb", "trace.23.pb"}));
}

TEST(RecordedTrace, EveryProcessHasItsOwn) {
  WorkingFolder folder;
  std::string twice = program("looper") + " exit 0; " + program("looper") + " exit 3";
  Outcome outcome = run(recorded({"/bin/sh", "-c", twice}, {"-o", "t.pb"}));
  EXPECT_EQ(outcome.status, 3);
  Files files = folder.files();
  ASSERT_EQ(files.size(), 2u);
  for (const std::string& file : files) EXPECT_EQ(pending_timers(read(file).trace), 23u) << file;
  EXPECT_EQ(files[1], "t.pb");
  EXPECT_NE(outcome.err.find("analyze t.pb " + files[0]), std::string::npos) << outcome.err;
}

TEST(RecordedTrace, OfAProgramThatBecomesAnotherStandsBesideThatOfTheOther) {
  WorkingFolder folder;
  Outcome outcome = run(recorded({program("looper"), "become", program("looper"), "exit", "5"}));
  EXPECT_EQ(outcome.status, 5);
  Files files = folder.files();
  ASSERT_EQ(files.size(), 2u) << outcome.err;
  std::uint64_t complete = 0;
  for (const std::string& file : files) {
    auto [trace, task_slots, embedded] = read(file);
    if (trace.end_reason != model::EndReason::exit) continue;
    ++complete;
    EXPECT_EQ(trace.exit_code, 5);
    EXPECT_EQ(pending_timers(trace), 23u);
  }
  EXPECT_EQ(complete, 1u);
}

TEST(RecordedTrace, OfADaemonGoesOnWithoutUs) {
  WorkingFolder folder;
  Running record(recorded({program("looper"), "detach"}));
  ASSERT_TRUE(record.wait_for_output("\n"));
  // Our end of its standard input is what keeps the daemon going.
  int outlives = -1;
  Outcome outcome = record.finish_keeping_input(outlives);
  EXPECT_EQ(outcome.status, 0);
  std::string pid = outcome.out.substr(0, outcome.out.find('\n'));
  EXPECT_NE(outcome.err.find("pid " + pid + " still runs and goes on recording to trace.pb"),
            std::string::npos)
      << outcome.err;
  std::string ring = ring_of("trace.pb");
  EXPECT_TRUE(std::filesystem::exists(ring));
  close(outlives);
  // Not our child, so its end can only be seen.
  for (int i = 0; i < 6'000 && kill(std::stoi(pid), 0) == 0 && std::filesystem::exists(ring); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_FALSE(std::filesystem::exists(ring));
  EXPECT_EQ(pending_timers(read("trace.pb").trace), 23u);
}

}  // namespace
}  // namespace loopscope::e2e
