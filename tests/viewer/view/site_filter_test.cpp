// Words and labels that leave sites bright.
#include "viewer/view/site_filter.h"

#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"

namespace loopscope::view {
namespace {

using namespace loopscope::testing;

std::shared_ptr<const Analysis> analysis_of(model::Trace trace) {
  auto analysis = std::make_shared<Analysis>();
  analysis->trace = std::move(trace);
  return analysis;
}

model::Trace two_sites() {
  return a_trace()
      .lasting(kSecond)
      .with_site("uv_timer", "src/leak.cpp", 12, 0, "start_timeout")
      .with_task(created_at(1))
      .with_site("uv_write", "src/answer.cpp", 7, 0, "Answer::send")
      .with_task(created_at(2))
      .with_label(2, "route", "/login")
      .build();
}

TEST(SiteFilter, MatchesEveryWordWhateverItsCase) {
  const model::Trace trace = two_sites();
  EXPECT_TRUE(site_matches(trace, 1, "LEAK timer"));
  EXPECT_TRUE(site_matches(trace, 1, "start_time"));
  EXPECT_FALSE(site_matches(trace, 1, "leak write"));
  EXPECT_TRUE(site_matches(trace, 2, ""));
  EXPECT_FALSE(site_matches(trace, 99, ""));
}

TEST(SiteFilter, MatchesLabelsOfTasks) {
  const model::Trace trace = two_sites();
  EXPECT_TRUE(site_matches(trace, 2, "route=/log"));
  EXPECT_FALSE(site_matches(trace, 1, "route=/log"));
  EXPECT_FALSE(site_matches(trace, 2, "route=/other"));
}

TEST(SiteFilter, LeavesAllAsTheyAreWithoutWordsAndSelection) {
  Workspace workspace;
  EXPECT_TRUE(dim_sites(workspace).empty());
  workspace.open(analysis_of(two_sites()));
  EXPECT_TRUE(dim_sites(workspace).empty());
}

TEST(SiteFilter, DimsWhatDoesNotMatchAndWhatIsNotSelected) {
  Workspace workspace;
  workspace.open(analysis_of(two_sites()));
  workspace.set_filter("write");
  EXPECT_EQ(dim_sites(workspace), (std::vector<bool>{true, true, false}));
  workspace.set_filter("route=/login");
  EXPECT_EQ(dim_sites(workspace), (std::vector<bool>{true, true, false}));
  workspace.set_filter("");
  workspace.select_site(1);
  EXPECT_EQ(dim_sites(workspace), (std::vector<bool>{true, false, true}));
}

}  // namespace
}  // namespace loopscope::view
