// The page: what it holds, that names stay names, how large it gets, and how a browser takes it.
#include "viewer/report/html_report.h"

#include <cmath>
#include <cstdint>
#include <regex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/trace_builder.h"
#include "tests/viewer/report/outside_program.h"
#include "tests/viewer/report/sample_traces.h"
#include "viewer/base/text.h"
#include "viewer/report/evidence_text.h"
#include "viewer/report/json_report.h"
#include "viewer/report/stall_profiles.h"
#include "viewer/report/svg_flame.h"
#include "viewer/report/svg_plot.h"

namespace loopscope::report {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

std::string page(model::Trace trace) { return html_report(Judged(std::move(trace)).contents()); }

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

// What a reader sees of it: no style, script or tag, blanks between what stood in different ones.
std::string words_of(std::string html) {
  html = html.substr(html.find("<body>"));
  html = html.substr(0, html.find("<script>"));
  html = std::regex_replace(html, std::regex("<[^>]*>"), " ");
  replace_all(html, "&lt;", "<");
  replace_all(html, "&gt;", ">");
  replace_all(html, "&quot;", "\"");
  replace_all(html, "&#39;", "'");
  replace_all(html, "&amp;", "&");
  return std::regex_replace(html, std::regex("[ \n]+"), " ");
}

TEST(HtmlReport, NamesTheNumbersOfTheJson) {
  for (const Judged& judged :
       {Judged(an_editor_that_forgot_timers()), Judged(a_late_server_that_was_killed()),
        Judged(a_server_that_blocks()), everything_at_once()}) {
    const json report = json::parse(json_report(judged.contents()));
    const std::string words = words_of(html_report(judged.contents()));
    EXPECT_THAT(words, HasSubstr(report["verdict"]["headline"].get<std::string>()));
    EXPECT_THAT(words, HasSubstr("events " + count_text(report["trace"]["events"].get<std::uint64_t>())));
    const auto ms = [](const json& number) {
      return duration_text(std::llround(number.get<double>() * 1e6));
    };
    for (const json& finding : report["findings"]) {
      EXPECT_THAT(words, HasSubstr(finding["title"].get<std::string>()));
      for (const auto& [name, one] : finding["evidence"].items()) {
        detect::Evidence evidence{name, one["value"].get<double>(), one["unit"].get<std::string>()};
        if (!one["low"].is_null())
          evidence.interval = detect::Interval{one["low"].get<double>(), one["high"].get<double>()};
        EXPECT_THAT(words, HasSubstr(evidence_name(evidence) + " " + evidence_text(evidence)));
      }
      for (const json& member : finding["members"]) {
        EXPECT_THAT(words, HasSubstr(ms(member["at_ms"]) + " " + ms(member["lasted_ms"]) + " " +
                                     member["fate"].get<std::string>()));
      }
      for (const json& context : finding["contexts"]) {
        EXPECT_THAT(
            words,
            HasSubstr(context["key"].get<std::string>() + "=" + context["value"].get<std::string>() + " " +
                      count_text(context["tasks"].get<std::uint64_t>()) + " " + ms(context["ms"])));
      }
    }
    for (const json& loop : report["loops"]) {
      EXPECT_THAT(words,
                  HasSubstr(count_text(loop["ticks"].get<std::uint64_t>()) + " " + ms(loop["busy_ms"]) + " " +
                            percent_text(loop["utilization"].get<double>())));
    }
    for (const json& site : report["sites"]) {
      EXPECT_THAT(words, HasSubstr(count_text(site["created"].get<std::uint64_t>()) + " " +
                                   count_text(site["pending"].get<std::uint64_t>())));
    }
    for (const json& stall : report["stalls"])
      EXPECT_THAT(words, HasSubstr(ms(stall["duration_ms"]) + (stall["ended"].get<bool>() ? " " : "+ ") +
                                   ms(stall["start_ms"])));
  }
}

TEST(HtmlReport, SaysWhatIsMissing) {
  EXPECT_THAT(words_of(page(a_late_server_that_was_killed())),
              HasSubstr("Missing from the trace 1,009 events lost: no free chunk in the pool"));
  EXPECT_THAT(words_of(page(a_healthy_server())), HasSubstr("Missing from the trace nothing"));
}

TEST(HtmlReport, SaysBesideTheVerdictWhatMayMislead) {
  model::Trace trace = a_healthy_server();
  EXPECT_THAT(page(trace), Not(HasSubstr("confounders\">")));
  trace.end = trace.begin + 101'000'000;
  EXPECT_THAT(words_of(page(trace)),
              HasSubstr("The trace is only 101 ms long: what is usual cannot be told from it."));
}

// Every name of a trace, as somebody who wants to run a script on the reader's machine would call it.
Judged a_page_breaker() {
  Judged judged = everything_at_once();
  const std::string attack =
      "</title></style></script><script>window.hacked=1</script><img src=x onerror=hacked=1>\" "
      "onload=\"hacked=1 "
      "'\xff\xe2\x80\xa8\x1b<!--]]>";
  judged.trace.process.argv = {attack};
  judged.trace.process.executable = "/" + attack;
  for (model::Loop& loop : judged.trace.loops) loop.kind = loop.name = attack;
  for (model::Thread& thread : judged.trace.threads) thread.name = attack;
  for (model::Site& site : judged.trace.sites) {
    site.kind = site.name = attack;
    for (model::Frame& frame : site.stack) frame.function = frame.file = frame.module = attack;
  }
  for (model::Stall& stall : judged.trace.stalls) {
    stall.cause = attack;
    stall.woken_by = {attack};
    for (model::StallSample& sample : stall.samples) {
      sample.trouble = attack;
      for (model::Frame& frame : sample.stack) frame.function = frame.file = attack;
    }
  }
  judged.trace.integrity.losses.push_back({attack, 7, 0, 0, attack});
  for (detect::Finding& finding : judged.findings) {
    finding.title = finding.advice = finding.members_title = attack;
    for (detect::Evidence& evidence : finding.evidence) evidence.name = evidence.unit = attack;
    for (detect::Member& member : finding.members) member.fate = attack;
    for (detect::ContextShare& context : finding.contexts) context.key = context.value = attack;
    for (model::Frame& frame : finding.stack) frame.function = frame.file = attack;
  }
  judged.verdict.headline = attack;
  return judged;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++found;
  return found;
}

TEST(HtmlReport, LeavesNamesNames) {
  const std::string html = html_report(a_page_breaker().contents());
  EXPECT_EQ(count(html, "<script"), 1u);
  EXPECT_EQ(count(html, "</script"), 1u);
  EXPECT_EQ(count(html, "<style"), 1u);
  EXPECT_EQ(count(html, "<img"), 0u);
  EXPECT_EQ(count(html, "<!--"), 0u);
  EXPECT_EQ(html.find('\x1b'), std::string::npos);
  EXPECT_EQ(html.find("\xe2\x80\xa8"), std::string::npos);
  EXPECT_NO_THROW(json(html).dump()) << "invalid UTF-8";
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;window.hacked=1&lt;/script&gt;"));
}

TEST(HtmlReport, LetsNothingElseInByItsPolicy) {
  const std::string html = page(nothing_at_all());
  std::smatch policy;
  ASSERT_TRUE(std::regex_search(
      html, policy,
      std::regex("<meta http-equiv=\"Content-Security-Policy\" content=\"(default-src 'none'; style-src "
                 "'sha256-([A-Za-z0-9+/]{43}=)'; script-src 'sha256-([A-Za-z0-9+/]{43}=)'; base-uri 'none'; "
                 "form-action 'none')\">")));
  EXPECT_LT(html.find("Content-Security-Policy"), html.find("<style>")) << "it holds for what follows";
  EXPECT_THAT(html, Not(HasSubstr("http://")));
  EXPECT_THAT(html, Not(HasSubstr("https://")));
}

// Larger in every respect than any page could show.
Judged a_huge_trace() {
  testing::TraceBuilder builder = testing::a_trace();
  const std::string name(500, '"');
  builder.lasting(100 * kSecond);
  for (int loop = 0; loop < 101; ++loop)
    builder.with_loop(name, name, name).with_ticks(2, testing::every(kMillisecond), loop, 3);
  for (int site = 0; site < 997; ++site) {
    builder.with_site(name + std::to_string(site), name, 1, 0, name);
    for (int depth = 0; depth < 30; ++depth) builder.called_from(name, name, 3);
    builder.with_tasks(3, testing::every(1), testing::created_at(site));
  }
  for (int stall = 0; stall < 997; ++stall) {
    testing::SampleSpec sample = testing::sampled_at(stall * 100 * kMillisecond + 1);
    for (int depth = 0; depth < 60; ++depth)
      sample = sample.in(std::to_string(stall * depth) + name, name, 9);
    builder.with_stall(
        testing::stalled_at(stall * 100 * kMillisecond, 50 * kMillisecond).by_task(1).sampled(sample));
  }
  Judged judged(builder.build());
  detect::Finding finding = everything_at_once().findings[0];
  finding.title = finding.advice = std::string(100'000, '"');
  finding.stack.assign(300, judged.trace.sites[1].stack[0]);
  finding.members.assign(100, finding.members[0]);
  for (detect::Member& member : finding.members) member.fate = name;
  finding.evidence.assign(300, finding.evidence[0]);
  for (detect::Evidence& evidence : finding.evidence) evidence.name = evidence.unit = name;
  judged.findings.assign(307, finding);
  judged.verdict.headline = finding.title;
  judged.trace.process.argv.assign(1009, name);
  for (int loss = 0; loss < 101; ++loss)
    judged.trace.integrity.losses.push_back({finding.title, 1, 0, 0, name});
  return judged;
}

TEST(HtmlReport, IsNeverLargerThanAMegabyte) {
  const std::string html = html_report(a_huge_trace().contents());
  EXPECT_LE(html.size(), kMostPageBytes);
  EXPECT_THAT(html, HasSubstr("more places; --format json has them"));
  EXPECT_THAT(html, HasSubstr("more; --format json has all"));
  EXPECT_LE(page(a_server_that_blocks()).size(), 50'000u);
}

TEST(FlameSvg, IsAsWideAsTheFoldedStacksAreHeavy) {
  const StallProfiles profiles = stall_profiles(a_server_that_blocks());
  const FlameSvg flame = flame_svg(profiles, 100'000);
  EXPECT_EQ(flame.total, 360 * kMillisecond);
  EXPECT_EQ(flame.left_out, 0u);
  EXPECT_EQ(flame.boxes, 7u) << "all, loop, task, on_timer, save, fsync, pack";
  EXPECT_THAT(flame.svg, HasSubstr("<title>Store::save(): 260 ms (72.2 %)</title>"));
  EXPECT_THAT(flame.svg, HasSubstr("x=\"72.222%\" y=\"80\" width=\"27.778%\""));
  EXPECT_EQ(flame_svg(stall_profiles(nothing_at_all()), 100'000).svg, "");
}

TEST(FlameSvg, LeavesOutTheTipsWhereThereIsNoRoom) {
  const StallProfiles profiles = stall_profiles(a_server_that_blocks());
  const FlameSvg flame = flame_svg(profiles, 900);
  EXPECT_LT(flame.boxes, 7u);
  EXPECT_EQ(flame.boxes + flame.left_out, 7u);
  EXPECT_THAT(flame.svg, HasSubstr("all stalls that were sampled"));
}

TEST(PlotSvg, DrawsStepsFromSliceToSlice) {
  const std::vector<double> values{0, 50, 50, 100, 0};
  const std::string svg = plot_svg(values, 100, {"lag", "up to 100 ms", "lag over time"}, 10 * kSecond);
  EXPECT_THAT(svg, HasSubstr("d=\"M0 100.0H1V50.0H3V0.0H4V100.0H5\""));
  EXPECT_THAT(svg, HasSubstr("<span>5.00 s</span><span>10.0 s</span>"));
  EXPECT_EQ(plot_svg(std::vector<double>(7, 0.0), 0, {"", "", ""}, kSecond), "");
}

// Pictures stay in the build tree, for people to look at.
TEST(HtmlReport, IsShownByABrowserAsItIsMeant) {
  if (std::string(LOOPSCOPE_CHROMIUM).empty()) GTEST_SKIP() << "chromium is not installed";
  std::vector<std::string> command{LOOPSCOPE_PYTHON, LOOPSCOPE_TEST_DIR "/look_at_page.py",
                                   LOOPSCOPE_CHROMIUM, LOOPSCOPE_PICTURE_DIR};
  command.push_back(testing::written("everything.html", html_report(everything_at_once().contents())));
  command.push_back(testing::written("breaker.html", html_report(a_page_breaker().contents())));
  command.push_back(testing::written("hostile.html", page(a_hostile_trace())));
  command.push_back(testing::written("late.html", page(a_late_server_that_was_killed())));
  command.push_back(testing::written("nothing.html", page(nothing_at_all())));
  const testing::Answer answer = testing::ask(command);
  EXPECT_EQ(answer.exit_code, 0) << answer.text;
}

}  // namespace
}  // namespace loopscope::report
