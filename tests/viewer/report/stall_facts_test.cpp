// What is said about one stall, wherever it is shown.
#include "viewer/report/stall_facts.h"

#include <gtest/gtest.h>

#include "tests/viewer/report/sample_traces.h"

namespace loopscope::report {
namespace {

TEST(SystemCallOf, IsThatOfTheTellingSample) {
  const model::Trace trace = a_server_that_blocks();
  EXPECT_EQ(system_call_of(trace.stalls[0]), "fsync") << "the sample of 260 ms, not the one of 47";
  EXPECT_EQ(system_call_of(trace.stalls[1]), "") << "nobody sampled it";
  EXPECT_EQ(system_call_of(trace.stalls[2]), "") << "it was running";
}

TEST(WhereText, SaysWhyItDoesNotKnow) {
  model::Trace trace = a_server_that_blocks();
  EXPECT_EQ(where_text(trace, trace.stalls[0]), "Store::save (store.cpp:71)");
  EXPECT_EQ(where_text(trace, trace.stalls[1]), "not sampled");
  trace.stalls[2].samples[0].stack.clear();
  trace.stalls[2].samples[0].trouble = "the thread did not answer";
  EXPECT_EQ(where_text(trace, trace.stalls[2]), "no stack: the thread did not answer");
  trace.watched = false;
  EXPECT_EQ(where_text(trace, trace.stalls[1]), "no watchdog");
}

TEST(WaitedBecauseOf, CountsWhatWaitedForCounts) {
  const model::Trace trace = a_server_that_blocks();
  ASSERT_EQ(trace.waited.size(), 3u);
  for (const model::Stall& stall : trace.stalls) {
    WaitedFor sum;
    for (const model::Waited& one : trace.waited) {
      if (!waited_because_of(stall, one)) continue;
      ++sum.tasks;
      sum.total += one.waited;
    }
    EXPECT_EQ(sum.tasks, waited_for(trace, stall).tasks);
    EXPECT_EQ(sum.total, waited_for(trace, stall).total);
  }
  EXPECT_EQ(waited_for(trace, trace.stalls[0]).tasks, 2u);
  EXPECT_EQ(waited_for(trace, trace.stalls[0]).total, 401 * kMillisecond);
}

}  // namespace
}  // namespace loopscope::report
