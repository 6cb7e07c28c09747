#include "viewer/detect/site_groups.h"

#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"

namespace loopscope::detect {
namespace {

using model::Trace;
using testing::a_trace;
using testing::TraceBuilder;

// Sites 1 and 2, of one function, at the lines that a stack and the compiler give.
Trace with_two_sites(const char* kind, const char* function) {
  TraceBuilder builder = a_trace();
  builder.with_site(kind, "store.cpp", 17, 0, function).with_task(testing::created_at(0));
  builder.with_site(kind, "store.cpp", 13, 0, function)
      .called_from("main", "main.cpp", 7)
      .with_task(testing::created_at(0).finished_at(1));
  Trace trace = builder.build();
  trace.sites[1].stack.front().address = 0x2000;
  trace.sites[2].stack.front().address = 0x1000;
  return trace;
}

TEST(SiteGroups, AreOneForAFunctionsCoroutinesWithAndWithoutAStack) {
  const SiteGroups groups(with_two_sites("coroutine", "app::store"));
  ASSERT_EQ(groups.of(1), groups.of(2));
  EXPECT_EQ(groups[groups.of(1)].created, 2u);
  EXPECT_EQ(groups[groups.of(1)].site, 2u) << "the one with a stack";
}

TEST(SiteGroups, AreTheLinesOfAllElse) {
  const SiteGroups timers(with_two_sites("uv_timer", "app::store"));
  EXPECT_NE(timers.of(1), timers.of(2));
  const SiteGroups lambdas(with_two_sites("coroutine", "app::store()::{lambda()#1}::operator()"));
  EXPECT_NE(lambdas.of(1), lambdas.of(2));
}

}  // namespace
}  // namespace loopscope::detect
