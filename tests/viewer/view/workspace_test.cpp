// What is selected, where the view is, and what stays when a followed trace grows.
#include "viewer/view/workspace.h"

#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"

namespace loopscope::view {
namespace {

using namespace loopscope::testing;

std::shared_ptr<Analysis> analysis_of(const TraceBuilder& builder) {
  auto analysis = std::make_shared<Analysis>();
  analysis->trace = builder.build();
  return analysis;
}

TraceBuilder a_server(Nanos duration) {
  TraceBuilder builder;
  builder.lasting(duration)
      .with_loop()
      .with_site("uv_timer", "leak.cpp", 12, 0, "start_timeout")
      .with_tasks(23, every(10 * kMillisecond), created_at(0))
      .with_site("uv_write", "answer.cpp", 7, 0, "send")
      .with_task(created_at(3).ran(300 * kMillisecond, 101 * kMillisecond))
      .with_stall(
          stalled_at(300 * kMillisecond, 101 * kMillisecond)
              .by_task(24)
              .sampled(
                  sampled_at(320 * kMillisecond).in("parse", "parse.cpp", 71).in("main", "main.cpp", 9)));
  return builder;
}

detect::Finding a_leak() {
  detect::Finding finding;
  finding.detector = "leaked-task";
  finding.site = 1;
  finding.first = 0;
  finding.last = kSecond;
  return finding;
}

detect::Finding a_block(const model::Trace& trace) {
  detect::Finding finding;
  finding.detector = "blocking-span";
  finding.site = 2;
  finding.stack = trace.stalls.front().samples.front().stack;
  finding.stalls = {0};
  finding.first = 300 * kMillisecond;
  finding.last = 401 * kMillisecond;
  return finding;
}

TEST(Workspace, ShowsAllOfATraceAtFirst) {
  Workspace workspace;
  EXPECT_FALSE(workspace.loaded());
  workspace.open(analysis_of(a_server(kSecond)));
  EXPECT_TRUE(workspace.loaded());
  EXPECT_EQ(workspace.view(), (TimeRange{0, kSecond}));
  EXPECT_EQ(workspace.now(), kSecond);
  EXPECT_EQ(workspace.generation(), 1u);
}

TEST(Workspace, KeepsTheViewWithinTheTraceAndAboveAFewNanoseconds) {
  Workspace workspace;
  workspace.open(analysis_of(a_server(kSecond)));
  workspace.set_view({-5 * kSecond, -4 * kSecond - 500 * kMillisecond});
  EXPECT_EQ(workspace.view(), (TimeRange{0, 500 * kMillisecond}));
  workspace.set_view({900 * kMillisecond, 1400 * kMillisecond});
  EXPECT_EQ(workspace.view(), (TimeRange{500 * kMillisecond, kSecond}));
  workspace.set_view({700, 700});
  EXPECT_EQ(workspace.view().length(), 20);
  workspace.set_view({-kNever, kNever});
  EXPECT_EQ(workspace.view(), (TimeRange{0, kSecond}));
}

TEST(Workspace, ShowsABlockByItsStallAndItsLine) {
  Workspace workspace;
  auto analysis = analysis_of(a_server(kSecond));
  analysis->findings = {a_leak(), a_block(analysis->trace)};
  workspace.open(analysis);
  workspace.set_filter("something else");
  workspace.show_finding(1);
  EXPECT_EQ(workspace.pane(), Pane::stalls);
  EXPECT_EQ(workspace.selection().stall, 0u);
  EXPECT_EQ(workspace.selection().finding, 1u);
  EXPECT_EQ(workspace.source(), (SourcePlace{"parse.cpp", 71, "parse"}));
  EXPECT_EQ(workspace.filter(), "");
  EXPECT_TRUE(workspace.view().contains(300 * kMillisecond));
  EXPECT_TRUE(workspace.view().contains(400 * kMillisecond));
  EXPECT_LT(workspace.view().length(), 300 * kMillisecond);
}

TEST(Workspace, ShowsALeakByItsSite) {
  Workspace workspace;
  auto analysis = analysis_of(a_server(kSecond));
  analysis->findings = {a_leak()};
  workspace.open(analysis);
  workspace.show_finding(0);
  EXPECT_EQ(workspace.pane(), Pane::tasks);
  EXPECT_EQ(workspace.selection().site, 1u);
  EXPECT_EQ(workspace.source(), (SourcePlace{"leak.cpp", 12, "start_timeout"}));
}

TEST(Workspace, IgnoresWhatIsNotThere) {
  Workspace workspace;
  workspace.show_finding(0);
  workspace.select_site(0);
  workspace.select_task(0);
  workspace.open(analysis_of(a_server(kSecond)));
  workspace.show_finding(7);
  workspace.select_finding(7);
  workspace.select_site(70);
  workspace.select_task(700);
  workspace.select_stall(7);
  EXPECT_EQ(workspace.selection(), Selection{});
}

TEST(Workspace, KeepsTheSelectionOfATraceThatGrows) {
  Workspace workspace;
  auto before = analysis_of(a_server(kSecond));
  before->findings = {a_leak(), a_block(before->trace)};
  workspace.open(before);
  workspace.show_finding(1);
  workspace.select_task(before->trace.tasks.find(24));
  workspace.select_stall(0);
  workspace.select_range(TimeRange{5, 500});

  TraceBuilder longer = a_server(2 * kSecond);
  longer.with_stall(1500 * kMillisecond, 307 * kMillisecond);
  auto after = analysis_of(longer);
  after->findings = {a_block(before->trace), a_leak()};
  workspace.open(after, true);
  EXPECT_EQ(workspace.selection().finding, 0u);
  EXPECT_EQ(workspace.selection().stall, 1u) << "a longer one came first";
  EXPECT_EQ(workspace.trace().tasks.id(workspace.selection().task), 24u);
  EXPECT_EQ(workspace.selection().range, (TimeRange{5, 500}));
  EXPECT_EQ(workspace.pane(), Pane::stalls);
}

TEST(Workspace, FollowsTheEndOfATraceThatGrowsUnlessOneLooksElsewhere) {
  Workspace all;
  all.open(analysis_of(a_server(kSecond)));
  all.open(analysis_of(a_server(2 * kSecond)), true);
  EXPECT_EQ(all.view(), (TimeRange{0, 2 * kSecond}));

  Workspace last;
  last.open(analysis_of(a_server(kSecond)));
  last.set_view({800 * kMillisecond, kSecond});
  last.open(analysis_of(a_server(2 * kSecond)), true);
  EXPECT_EQ(last.view(), (TimeRange{1800 * kMillisecond, 2 * kSecond}));

  Workspace middle;
  middle.open(analysis_of(a_server(kSecond)));
  middle.set_view({200 * kMillisecond, 300 * kMillisecond});
  middle.open(analysis_of(a_server(2 * kSecond)), true);
  EXPECT_EQ(middle.view(), (TimeRange{200 * kMillisecond, 300 * kMillisecond}));
}

TEST(Workspace, ForgetsTheSelectionOfAnotherTrace) {
  Workspace workspace;
  workspace.open(analysis_of(a_server(kSecond)));
  workspace.select_site(1);
  workspace.set_cursor(500);
  workspace.open(analysis_of(a_server(2 * kSecond)));
  EXPECT_EQ(workspace.selection(), Selection{});
  EXPECT_EQ(workspace.cursor(), std::nullopt);
  EXPECT_EQ(workspace.view(), (TimeRange{0, 2 * kSecond}));
}

TEST(Workspace, ComparesWithAnotherTrace) {
  Workspace workspace;
  workspace.open(analysis_of(a_server(kSecond)));
  workspace.compare_with(analysis_of(a_server(2 * kSecond)));
  ASSERT_NE(workspace.baseline(), nullptr);
  EXPECT_EQ(workspace.pane(), Pane::compare);
}

}  // namespace
}  // namespace loopscope::view
