#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/trace_writer.h"
#include "tests/viewer/cli/run_loopscope.h"

namespace loopscope::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// 23 timers created within the first 23 ms of a second, of which the first `finished` fire after 10 ms.
std::string timers(std::uint64_t finished) {
  TraceWriter writer;
  const std::uint32_t thread = writer.thread("main", 4711);
  const std::uint32_t loop = writer.loop("libuv", thread);
  const std::uint32_t site = writer.site("uv_timer", {0x1234});
  const std::uint64_t ms = 1'000'000;
  std::vector<Event> events;
  for (std::uint64_t task = 1; task <= 23; ++task)
    events.push_back(task_created(1000 + task * ms, task, site));
  events.push_back(poll_begin(1000 + 24 * ms, loop, kForEver));
  events.push_back(poll_end(1000 + 33 * ms, loop, 1));
  for (std::uint64_t task = 1; task <= finished; ++task)
    events.push_back(task_finished(1000 + 33 * ms + task, task));
  events.push_back(poll_begin(1000 + 34 * ms, loop, kForEver));
  writer.batch(thread, 1, events);
  writer.end(End::EXIT, 0, 1000 + 1009 * ms);
  return writer.bytes();
}

TEST(Analyze, NamesWhatIsPending) {
  const Ran ran = run_loopscope({"analyze", test_file("t.pb", timers(0))});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out,
              HasSubstr("warning[leaked-task]: 23 uv_timer tasks never finished, pending for up to 1.01 s"));
  EXPECT_THAT(ran.out, Not(HasSubstr("\033"))) << "colour is for terminals";
  EXPECT_THAT(ran.err, IsEmpty());
}

TEST(Analyze, FindsTheSameInAStream) {
  const std::string trace = test_file("t.pb", timers(7));
  const Ran whole = run_loopscope({"analyze", trace});
  const Ran stream = run_loopscope({"analyze", "--streaming", trace});
  EXPECT_EQ(stream.exit_code, 0);
  EXPECT_THAT(whole.out, HasSubstr("16 of 23 uv_timer tasks never finished"));
  EXPECT_EQ(whole.out, stream.out) << "so short a trace is held as a whole";
  const json read = json::parse(run_loopscope({"analyze", "--streaming", "--format", "json", trace}).out);
  EXPECT_EQ(read["trace"]["streamed"], true);
}

TEST(Analyze, SaysWhatAStreamDoesNotKnow) {
  TraceWriter writer;
  const std::uint32_t site = writer.site("request", {0x1234});
  std::vector<Event> events;
  for (std::uint64_t id = 1; id <= 10'007; ++id) {
    events.push_back(task_created(1000 + id * 1000, id, site));
    events.push_back(task_finished(1500 + id * 1000, id));
  }
  writer.batch(1, 1, events);
  writer.end(End::EXIT, 0, 1000 + 10'009'000);
  const std::string trace = test_file("t.pb", writer.bytes());
  EXPECT_THAT(run_loopscope({"analyze", "--streaming", trace}).out,
              HasSubstr("finished tasks are known by their"));
  EXPECT_THAT(run_loopscope({"analyze", trace}).out, Not(HasSubstr("read as a stream")));
}

TEST(Analyze, FindsNothingWrongWhereAllFinish) {
  const Ran ran = run_loopscope({"analyze", "--fail-on", "info", test_file("t.pb", timers(23))});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out, HasSubstr("healthy: nothing wrong was found"));
}

TEST(Analyze, FailsOnASeverityOrADetector) {
  const std::string trace = test_file("t.pb", timers(0));
  EXPECT_EQ(run_loopscope({"analyze", "--fail-on", "warning", trace}).exit_code, 1);
  EXPECT_EQ(run_loopscope({"analyze", "--fail-on", "critical", trace}).exit_code, 0);
  EXPECT_EQ(run_loopscope({"analyze", "--fail-on", "leaked-task", trace}).exit_code, 1);
  EXPECT_EQ(run_loopscope({"analyze", "--fail-on", "loop-lag", trace}).exit_code, 0);
  EXPECT_EQ(run_loopscope({"analyze", "--fail-on=critical,leaked-task", trace}).exit_code, 1);
  EXPECT_THAT(run_loopscope({"analyze", "--fail-on", "warning", trace}).out, HasSubstr("leaked-task"));
}

TEST(Analyze, TakesLimits) {
  const std::string trace = test_file("t.pb", timers(0));
  EXPECT_EQ(run_loopscope({"analyze", "--fail-on", "warning", "--limit", "leak-tasks=29", trace}).exit_code,
            0);
  const Ran unknown = run_loopscope({"analyze", "--limit", "leak-task=29", trace});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("leak-tasks, leak-lifetimes"));
  EXPECT_THAT(unknown.out, IsEmpty());
}

TEST(Analyze, PrintsJsonForOneTraceAndAnArrayForMore) {
  const std::string trace = test_file("t.pb", timers(0));
  const json one = json::parse(run_loopscope({"analyze", "--format", "json", trace}).out);
  EXPECT_EQ(one["tasks"]["pending"], 23);
  EXPECT_EQ(one["findings"][0]["detector"], "leaked-task");
  const json two = json::parse(run_loopscope({"analyze", "--format", "json", trace, trace}).out);
  ASSERT_TRUE(two.is_array());
  EXPECT_EQ(two.size(), 2u);
}

TEST(Analyze, WritesToAFileButNotOverTheTrace) {
  const std::string trace = test_file("t.pb", timers(0));
  const std::string report = test_file("report.txt", "");
  const Ran ran = run_loopscope({"analyze", "-o", report, trace});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(contents_of(report), HasSubstr("leaked-task"));
  EXPECT_EQ(run_loopscope({"analyze", "-o", trace, trace}).exit_code, 2);
  EXPECT_EQ(contents_of(trace), timers(0));
  EXPECT_EQ(run_loopscope({"analyze", "-o", "/no/such/folder/r", trace}).exit_code, 2);
}

TEST(Analyze, WritesAPageForBrowsers) {
  const std::string report = test_file("report.html", "");
  const Ran ran = run_loopscope({"analyze", "--format", "html", "-o", report, test_file("t.pb", timers(0))});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(contents_of(report), StartsWith("<!doctype html>"));
  EXPECT_THAT(contents_of(report), HasSubstr("23 uv_timer tasks never finished"));
}

TEST(Analyze, WritesJunitForTestRunners) {
  const std::string trace = test_file("t.pb", timers(0));
  const std::string all = run_loopscope({"analyze", "--format", "junit", trace}).out;
  EXPECT_THAT(all, HasSubstr("failures=\"1\" errors=\"0\">"));
  EXPECT_THAT(run_loopscope({"analyze", "--format", "junit", "--fail-on", "critical", trace}).out,
              HasSubstr("failures=\"0\" errors=\"0\">"))
      << "--fail-on says what is a failure";
  const Ran broken = run_loopscope({"analyze", "--format", "junit", trace, "/no/such/trace.pb"});
  EXPECT_EQ(broken.exit_code, 3);
  EXPECT_THAT(broken.out, HasSubstr("failures=\"1\" errors=\"1\">"));
  EXPECT_THAT(broken.out, HasSubstr("<error type=\"unreadable\" message=\"/no/such/trace.pb: no such file"));
}

TEST(Analyze, WritesAnnotationsForGithub) {
  const std::string trace = test_file("t.pb", timers(0));
  EXPECT_THAT(run_loopscope({"analyze", "--format", "github", trace}).out,
              StartsWith("::warning title=loopscope%3A"));
  const Ran failed = run_loopscope({"analyze", "--format", "github", "--fail-on", "leaked-task", trace});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.out,
              StartsWith("::error title=loopscope%3A leaked-task::23 uv_timer tasks never finished"));
  const std::string report = test_file("report.txt", "of before");
  EXPECT_EQ(
      run_loopscope({"analyze", "--format", "github", "-o", report, test_file("h.pb", timers(23))}).exit_code,
      0);
  EXPECT_EQ(contents_of(report), "") << "no annotation is a result";
  EXPECT_THAT(run_loopscope({"analyze", "--format", "github", "/no/such/trace.pb"}).out,
              StartsWith("::error title=loopscope::/no/such/trace.pb: no such file"));
}

TEST(Compare, SaysWhatIsNewAndGone) {
  const std::string healthy = test_file("healthy.pb", timers(23));
  const std::string leaky = test_file("leaky.pb", timers(0));
  const Ran worse = run_loopscope({"compare", healthy, leaky});
  EXPECT_EQ(worse.exit_code, 0);
  EXPECT_THAT(worse.out, HasSubstr("worse: 1 finding new"));
  EXPECT_THAT(worse.out, HasSubstr("new     warning[leaked-task]"));
  EXPECT_THAT(run_loopscope({"compare", leaky, healthy}).out, HasSubstr("gone    warning[leaked-task]"));
  EXPECT_THAT(run_loopscope({"compare", leaky, leaky}).out, HasSubstr("no difference"));
}

TEST(Compare, FailsOnWhatIsAskedFor) {
  const std::string healthy = test_file("healthy.pb", timers(23));
  const std::string leaky = test_file("leaky.pb", timers(0));
  const auto code = [&](const std::string& what, const std::string& base, const std::string& now) {
    return run_loopscope({"compare", "--fail-on", what, base, now}).exit_code;
  };
  EXPECT_EQ(code("new", healthy, leaky), 1);
  EXPECT_EQ(code("worse,new", healthy, leaky), 1);
  EXPECT_EQ(code("warning", healthy, leaky), 1);
  EXPECT_EQ(code("leaked-task", healthy, leaky), 1);
  EXPECT_EQ(code("critical", healthy, leaky), 0);
  EXPECT_EQ(code("loop-lag", healthy, leaky), 0);
  EXPECT_EQ(code("worse,new,info", leaky, healthy), 0);
  EXPECT_EQ(code("worse,new,info", leaky, leaky), 0);
}

TEST(Compare, TakesSeveralTracesASide) {
  const std::string one = test_file("one.pb", timers(0));
  const std::string two = test_file("two.pb", timers(0));
  const json report = json::parse(
      run_loopscope({"compare", "--format", "json", one + "," + two, one + "," + one + "," + two}).out);
  EXPECT_EQ(report["base"]["traces"], 2);
  EXPECT_EQ(report["new"]["traces"], 3);
  EXPECT_EQ(report["verdict"]["status"], "no difference");
}

TEST(Compare, NeedsAllOfItsTraces) {
  const std::string trace = test_file("t.pb", timers(0));
  const Ran ran = run_loopscope({"compare", trace + ",/no/such/trace.pb", trace});
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_THAT(ran.err, HasSubstr("/no/such/trace.pb: no such file"));
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_EQ(run_loopscope({"compare", "-o", trace, trace, trace}).exit_code, 2);
  EXPECT_EQ(contents_of(trace), timers(0));
}

TEST(Analyze, SaysWhatWhereAndWhatToTryWhenATraceCannotBeRead) {
  const Ran missing = run_loopscope({"analyze", "/no/such/trace.pb"});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.err, HasSubstr("/no/such/trace.pb: no such file (record one with"));
  EXPECT_EQ(run_loopscope({"analyze", test_file("text", "this is no trace\n")}).exit_code, 3);
  EXPECT_EQ(run_loopscope({"analyze", test_file("empty", "")}).exit_code, 3);

  const Ran both = run_loopscope({"analyze", "/no/such/trace.pb", test_file("t.pb", timers(0))});
  EXPECT_EQ(both.exit_code, 3);
  EXPECT_THAT(both.out, HasSubstr("leaked-task")) << "the readable one is still reported";
}

TEST(Analyze, ReportsATraceThatIsCutAtAnyByte) {
  const std::string whole = timers(0);
  for (std::size_t bytes = whole.size() / 2; bytes < whole.size(); bytes += 23) {
    const Ran ran = run_loopscope({"analyze", test_file("t.pb", whole.substr(0, bytes))});
    EXPECT_EQ(ran.exit_code, 0) << bytes;
    EXPECT_THAT(ran.out, HasSubstr("warning[incomplete-trace]")) << bytes;
  }
}

TEST(Analyze, RefusesWhatItDoesNotKnow) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"analyse"},
                                                    {"analyze"},
                                                    {"analyze", "--format", "pdf", "t"},
                                                    {"analyze", "--format", "html", "t", "u"},
                                                    {"compare", "t"},
                                                    {"compare", "--fail-on", "bad", "t", "u"},
                                                    {"analyze", "--fail-on", "bad", "t"},
                                                    {"analyze", "--nonsense", "t"},
                                                    {"help", "nonsense"}}) {
    const Ran ran = run_loopscope(arguments);
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_THAT(ran.err, Not(IsEmpty()));
    EXPECT_THAT(ran.out, IsEmpty());
  }
}

TEST(Analyze, HelpAndVersionGoToStandardOutput) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--help"},
                                                    {"--version"},
                                                    {"help"},
                                                    {"help", "analyze"},
                                                    {"help", "compare"},
                                                    {"help", "record"},
                                                    {"help", "limits"},
                                                    {"analyze", "--help"}}) {
    const Ran ran = run_loopscope(arguments);
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_THAT(ran.out, Not(IsEmpty()));
    EXPECT_THAT(ran.err, IsEmpty());
  }
}

}  // namespace
}  // namespace loopscope::testing
