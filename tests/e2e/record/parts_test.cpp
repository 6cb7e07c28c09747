// What `loopscope record` is made of, where it can be asked without starting anything.
#include <gtest/gtest.h>

#include <string>

#include "viewer/base/units.h"
#include "viewer/cli/record_environment.h"
#include "viewer/cli/record_live_line.h"
#include "viewer/cli/record_summary.h"
#include "viewer/cli/shell_quote.h"

namespace loopscope::cli {
namespace {

std::string get(const std::vector<std::string>& environment, const std::string& name) {
  std::string found;
  int times = 0;
  for (const std::string& entry : environment) {
    if (entry.compare(0, name.size() + 1, name + "=") != 0) continue;
    found = entry.substr(name.size() + 1);
    ++times;
  }
  EXPECT_LE(times, 1) << name;
  return found;
}

TEST(RecordedEnvironment, SaysWhatTheAgentIsToDo) {
  RecordOptions options;
  options.children = false;
  options.precise = true;
  options.ring_bytes = 23 << 20;
  options.max_frames = 11;
  options.stall_ms = "never";
  options.stall_sample_ms = "3";
  options.blocking_ms = "7";
  options.allow_blocking = "fsync,read_config";
  options.abort_on_blocking = true;
  const char* before[] = {"HOME=/root", "LOOPSCOPE_TRACE=old.pb", "LD_PRELOAD=a.so:b.so", nullptr};
  auto environment = recorded_environment(before, options, {"/lib/p.so", "/tmp/t.pb", "0123", false});
  EXPECT_EQ(environment[0], "HOME=/root");
  EXPECT_EQ(get(environment, "LD_PRELOAD"), "/lib/p.so:a.so:b.so");
  EXPECT_EQ(get(environment, "LOOPSCOPE_RECORD"), "1");
  EXPECT_EQ(get(environment, "LOOPSCOPE_TRACE"), "/tmp/t.pb");
  EXPECT_EQ(get(environment, "LOOPSCOPE_RECORD_ID"), "0123");
  EXPECT_EQ(get(environment, "LOOPSCOPE_CHILDREN"), "0");
  EXPECT_EQ(get(environment, "LOOPSCOPE_PRECISE"), "1");
  EXPECT_EQ(get(environment, "LOOPSCOPE_RING_BYTES"), std::to_string(23 << 20));
  EXPECT_EQ(get(environment, "LOOPSCOPE_MAX_FRAMES"), "11");
  EXPECT_EQ(get(environment, "LOOPSCOPE_STALL_MS"), "never");
  EXPECT_EQ(get(environment, "LOOPSCOPE_STALL_SAMPLE_MS"), "3");
  EXPECT_EQ(get(environment, "LOOPSCOPE_BLOCKING_MS"), "7");
  EXPECT_EQ(get(environment, "LOOPSCOPE_ALLOW_BLOCKING"), "fsync,read_config");
  EXPECT_EQ(get(environment, "LOOPSCOPE_ABORT_ON_BLOCKING"), "1");
}

TEST(RecordedEnvironment, LeavesTheAgentItsDefaults) {
  const char* before[] = {nullptr};
  auto environment = recorded_environment(before, {}, {"/lib/p.so", "/tmp/t.pb", "0123", false});
  EXPECT_EQ(environment.size(), 4u);
  EXPECT_EQ(get(environment, "LD_PRELOAD"), "/lib/p.so");
}

TEST(RecordedEnvironment, LetsAnAddressSanitizerRunBehindUs) {
  const char* before[] = {"ASAN_OPTIONS=detect_leaks=0", nullptr};
  auto environment = recorded_environment(before, {}, {"/lib/p.so", "/tmp/t.pb", "0123", true});
  EXPECT_EQ(get(environment, "ASAN_OPTIONS"), "detect_leaks=0:verify_asan_link_order=0");
}

TEST(ShellQuote, LeavesPlainWordsAlone) { EXPECT_EQ(shell_quote("/tmp/t-1.pb"), "/tmp/t-1.pb"); }

TEST(ShellQuote, MakesOneWordOfAnything) {
  EXPECT_EQ(shell_quote("my trace.pb"), "'my trace.pb'");
  EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("$(rm)"), "'$(rm)'");
}

FinishedTrace a_trace(const std::string& path, std::uint32_t pid) {
  FinishedTrace trace;
  trace.path = path;
  trace.pid = pid;
  trace.program = "nvim";
  trace.events = 1009;
  trace.bytes = 23'000;
  trace.duration_ns = 101 * kMillisecond;
  return trace;
}

TEST(RecordSummary, IsThreeLinesWithTheCommandToTypeNext) {
  EXPECT_EQ(summary_text({a_trace("/home/x/my trace.pb", 23)}, {}, "nvim", "my trace.pb"),
            "loopscope: recorded my trace.pb (nvim, pid 23)\n"
            "loopscope: 1,009 events in 101 ms, none lost, 23.0 kB\n"
            "loopscope: loopscope analyze 'my trace.pb'\n");
}

TEST(RecordSummary, NamesProcessesThatGoOnAndWhatWasRecovered) {
  FinishedTrace daemon = a_trace("/home/x/out/t.41.pb", 41);
  daemon.running = true;
  FinishedTrace died = a_trace("/home/x/out/t.pb", 23);
  died.recovered_events = 11;
  died.lost_events = 7;
  std::string text = summary_text({died, daemon}, {}, "daemon", "out/t.pb");
  EXPECT_NE(text.find("7 lost"), std::string::npos) << text;
  EXPECT_NE(text.find("11 of them recovered"), std::string::npos) << text;
  EXPECT_NE(text.find("pid 41 still runs and goes on recording to out/t.41.pb"), std::string::npos) << text;
  EXPECT_NE(text.find("analyze out/t.pb out/t.41.pb\n"), std::string::npos) << text;
}

TEST(RecordSummary, SaysWhyNothingWasRecorded) {
  EXPECT_NE(summary_text({}, {}, "ls", "t.pb").find("no event loop ran in ls"), std::string::npos);
}

TEST(RecordSummary, NamesDaemonsThatHaveYetToRunALoop) {
  std::string text = summary_text({}, {{23, "named"}}, "named", "t.pb");
  EXPECT_NE(text.find("nothing recorded yet"), std::string::npos) << text;
  EXPECT_NE(text.find("named, pid 23\n"), std::string::npos) << text;
}

TEST(LiveLine, SaysHowItGoes) {
  recover::LiveNumbers numbers;
  numbers.events = 1'234'567;
  numbers.pending = 23;
  numbers.bytes_written = 4'500'000;
  EXPECT_EQ(live_text(std::chrono::milliseconds(12'540), numbers),
            "loopscope: 12.5 s | 1,234,567 events | 23 pending | none lost | 4.50 MB");
}

}  // namespace
}  // namespace loopscope::cli
