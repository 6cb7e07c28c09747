// A program that submits so many operations of each kind: as many tasks, each with the end that it had.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include "tests/agent/recorded.h"
#include "tests/e2e/libuv/program.h"
#include "tests/e2e/stalls/report.h"

namespace {

using nlohmann::json;

bool has_io_uring() {
  const Scratch scratch;
  return run({URING_HOST, "left"}, scratch.path()).output == "done\n";
}

class Uring : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_io_uring()) GTEST_SKIP() << "the kernel has no io_uring for us";
  }

  // One part of the host, recorded. Empty where there is no such ring.
  std::string record(const std::string& part) {
    const Outcome plain = run({URING_HOST, part}, scratch_.path());
    if (plain.output == "no such ring\n") return "";
    EXPECT_EQ(plain.output, "done\n");
    const std::string trace = scratch_.file(part + ".pb");
    const Outcome outcome = run(recorded(trace, {URING_HOST, part}), scratch_.path());
    EXPECT_EQ(outcome.output, plain.output);
    EXPECT_EQ(outcome.exit_code, plain.exit_code) << outcome.errors;
    return trace;
  }

  Scratch scratch_;
};

class UringCopy : public Uring, public testing::WithParamInterface<const char*> {};

TEST_P(UringCopy, HasATaskForEachBlockReadAndWritten) {
  const std::string trace = record(GetParam());
  if (trace.empty()) GTEST_SKIP() << "the kernel has no such ring";
  const auto model = complete_trace(trace);
  EXPECT_EQ(tasks_of(model, "io_uring_read"), (Counts{131, 131, 0}));
  EXPECT_EQ(tasks_of(model, "io_uring_write"), (Counts{131, 131, 0}));
  EXPECT_EQ(tasks_of(model, "io_uring_fsync"), (Counts{7, 7, 0}));
  const json tasks = report_on(trace).at("tasks");
  EXPECT_EQ(tasks.at("failed"), 7);
  EXPECT_EQ(tasks.at("peak_pending"), 131);
}
// With entries of the usual size, of twice the size, submitted by a thread of the kernel's, and completed only when asked for.
INSTANTIATE_TEST_SUITE_P(Uring, UringCopy,
                         testing::Values("copy", "copy_large", "copy_polled", "copy_deferred"),
                         [](const auto& part) { return std::string(part.param); });

TEST_F(Uring, LeavesPendingWhatNeverCompletes) {
  const std::string trace = record("pending");
  const auto model = complete_trace(trace);
  EXPECT_EQ(tasks_of(model, "io_uring_recv"), (Counts{21, 8, 13}));
  EXPECT_EQ(tasks_of(model, "io_uring_async_cancel"), (Counts{6, 6, 0}));
  EXPECT_EQ(report_on(trace).at("tasks").at("cancelled"), 8);
}

TEST_F(Uring, NamesThePlaceThatSubmitted) {
  const json report = report_on(record("pending"));
  const json& sites = report.at("sites");
  const auto site = std::find_if(sites.begin(), sites.end(),
                                 [](const json& each) { return each.at("kind") == "io_uring_recv"; });
  ASSERT_NE(site, sites.end());
  EXPECT_EQ(site->at("function"), "(anonymous namespace)::pending") << site->dump(1);
  EXPECT_EQ(site->at("pending"), 13);
}

TEST_F(Uring, CountsOperationsWithOneUserData) {
  const auto model = complete_trace(record("shared"));
  const Counts received = tasks_of(model, "io_uring_recv"), other = tasks_of(model, "io_uring_ambiguous");
  EXPECT_EQ(received.created, 19u);
  EXPECT_EQ(other.created, 11u);
  EXPECT_EQ(received.pending + other.pending, 2u);
}

TEST_F(Uring, MakesNoTaskOfWhatSaysNothingWhenItSucceeds) {
  const std::string trace = record("silent");
  const auto model = complete_trace(trace);
  EXPECT_EQ(tasks_of(model, "io_uring_nop"), (Counts{10, 10, 0}));
  EXPECT_EQ(tasks_of(model, "io_uring_read"), (Counts{0, 0, 0}));
  EXPECT_EQ(report_on(trace).at("tasks").at("cancelled"), 3);
}

TEST_F(Uring, EndsWhatCompletesManyTimesOnce) {
  const auto model = complete_trace(record("multishot"));
  EXPECT_EQ(tasks_of(model, "io_uring_poll_add"), (Counts{1, 1, 0}));
  EXPECT_EQ(tasks_of(model, "io_uring_poll_remove"), (Counts{1, 1, 0}));
}

TEST_F(Uring, CountsWhatOneThreadSubmitsAndAnotherOneTakes) {
  const Counts counts = tasks_of(complete_trace(record("threads")), "io_uring_nop");
  EXPECT_EQ(counts.pending, 0u);
  EXPECT_EQ(counts.created, counts.finished);
  // A thread may be kept from running while it looks, until a whole queue has gone by unseen: then the ring is given up.
  EXPECT_GE(counts.created, 3u);
  EXPECT_LE(counts.created, 3027u);
}

TEST_F(Uring, AbandonsWhatIsInFlightWhenTheRingGoesAway) {
  const std::string trace = record("left");
  EXPECT_EQ(tasks_of(complete_trace(trace), "io_uring_recv"), (Counts{5, 5, 0}));
  EXPECT_EQ(report_on(trace).at("tasks").at("abandoned"), 5);
}

TEST_F(Uring, LoopHasATickForEachWaitAndOnlyThose) {
  const std::string trace = record("timed");
  const auto model = complete_trace(trace);
  EXPECT_EQ(tasks_of(model, "io_uring_recv"), (Counts{1, 0, 1}));
  EXPECT_EQ(tasks_of(model, "io_uring_timeout"), (Counts{2, 2, 0}));
  ASSERT_EQ(model.loops.size(), 1u);
  EXPECT_EQ(model.loops[0].ticks, 6u);
}

TEST_F(Uring, SeesWhatInlineCodeTakesWhileTheLoopWaitsForSomethingElse) {
  EXPECT_EQ(tasks_of(complete_trace(record("inlined")), "io_uring_recv"), (Counts{3, 3, 0}));
}

TEST_F(Uring, LoopThatIsLateNamesWhatWokeIt) {
  const json report = report_on(record("slow"));
  ASSERT_EQ(report.at("loops").size(), 1u);
  unsigned slow = 0;
  for (const json& stall : report.at("stalls")) {
    if (stall.at("duration_ms") < 101) continue;
    ++slow;
    ASSERT_EQ(stall.at("woken_by").size(), 1u) << stall.dump(1);
    EXPECT_TRUE(stall.at("woken_by").front().get<std::string>().starts_with("unix")) << stall.at("woken_by");
  }
  EXPECT_GE(slow, 3u);
}

TEST_F(Uring, LeakIsFoundWhereItWasSubmitted) {
  const std::string trace = record("leak");
  EXPECT_EQ(tasks_of(complete_trace(trace), "io_uring_recv"), (Counts{307, 279, 28}));
  const json report = report_on(trace);
  const json& findings = report.at("findings");
  const auto leak = std::find_if(findings.begin(), findings.end(),
                                 [](const json& finding) { return finding.at("detector") == "leaked-task"; });
  ASSERT_NE(leak, findings.end()) << findings.dump(1);
  EXPECT_EQ(leak->at("site").at("function"), "(anonymous namespace)::leak");
  EXPECT_TRUE(leak->at("site").at("file").get<std::string>().ends_with("hosts/operations.cpp"));
}

TEST_F(Uring, OfAForkedChildIsRecordedByItself) {
  record("forked");
  // Whichever of the two waits first has the name.
  std::multimap<std::uint64_t, std::uint64_t> received_by_nothings_done;
  for (const auto& file : std::filesystem::directory_iterator(scratch_.path())) {
    if (file.path().extension() != ".pb") continue;
    const auto model = complete_trace(file.path());
    const Counts nops = tasks_of(model, "io_uring_nop"), received = tasks_of(model, "io_uring_recv");
    EXPECT_EQ(nops.pending, 0u);
    EXPECT_EQ(received.finished, 0u);
    received_by_nothings_done.emplace(nops.created, received.pending);
  }
  EXPECT_EQ(received_by_nothings_done, (std::multimap<std::uint64_t, std::uint64_t>{{1, 1}, {3, 0}}));
}

}  // namespace
