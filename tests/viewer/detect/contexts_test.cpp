// Labels and what they tell: which request a task belongs to, when a request ended, what requests of a kind cost, and whom
// a finding hit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/trace_builder.h"
#include "viewer/detect/context_costs.h"
#include "viewer/detect/contexts.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/finding_contexts.h"

namespace loopscope::detect {
namespace {

using loopscope::testing::a_trace;
using loopscope::testing::created_at;
using loopscope::testing::every;
using loopscope::testing::stalled_at;
using loopscope::testing::TraceBuilder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Time ms(Time count) { return count * kMillisecond; }

std::string value_of(const model::Trace& trace, const Contexts& contexts, std::uint64_t number) {
  const std::uint32_t value = contexts.value_of(trace.tasks.find(number));
  return value == Contexts::kNone ? "none" : contexts.values()[value];
}

TEST(Contexts, TasksBelongToTheNearestThatSetsTheLabel) {
  const model::Trace trace = a_trace()
                                 .with_site("request")
                                 .with_task(created_at(1))
                                 .with_task(created_at(2).child_of(1))
                                 .with_task(created_at(3).child_of(2))
                                 .with_task(created_at(4).child_of(3))
                                 .with_task(created_at(5))
                                 .with_label(1, "route", "/a")
                                 .with_label(3, "route", "/b")
                                 .with_label(3, "user", "Ann")
                                 .build();
  const Contexts contexts(trace, "route");
  EXPECT_THAT(contexts.requests(), SizeIs(2));
  EXPECT_EQ(value_of(trace, contexts, 1), "/a");
  EXPECT_EQ(value_of(trace, contexts, 2), "/a");
  EXPECT_EQ(value_of(trace, contexts, 3), "/b");
  EXPECT_EQ(value_of(trace, contexts, 4), "/b");
  EXPECT_EQ(value_of(trace, contexts, 5), "none");
  EXPECT_THAT(context_keys(trace), ElementsAre("route", "user"));
}

TEST(Contexts, AreEmptyWithoutSuchALabel) {
  const model::Trace trace = a_trace().with_site("request").with_task(created_at(1)).build();
  const Contexts contexts(trace, "route");
  EXPECT_TRUE(contexts.empty());
  EXPECT_EQ(contexts.request_of(0), Contexts::kNone);
  EXPECT_THAT(context_costs(trace, "route").rows, IsEmpty());
  EXPECT_THAT(context_keys(trace), IsEmpty());
}

TEST(Contexts, SurviveCirclesAndTasksThatThereAreNot) {
  model::Trace trace = a_trace().with_site("job").build();
  trace.tasks.add(1, 0, 1, 1);
  trace.tasks.add(2, 0, 0, 1);
  trace.labels.push_back({1, "k", "v"});
  trace.labels.push_back({4711, "k", "v"});
  trace.labels.push_back({model::kNoTask, "k", "v"});
  const Contexts contexts(trace, "k");
  EXPECT_EQ(contexts.value_of(0), Contexts::kNone);
  EXPECT_EQ(contexts.value_of(1), 0u);
  EXPECT_TRUE(Contexts::of_task(trace, 4711).empty());
}

RequestTimes times_of(const model::Trace& trace, const std::string& key = "id") {
  const std::vector<RequestTimes> times = request_times(trace, Contexts(trace, key));
  EXPECT_THAT(times, SizeIs(1));
  return times.empty() ? RequestTimes{} : times.front();
}

TEST(RequestTimes, EndWithTheTaskThatWaitedForWhatItStarted) {
  const model::Trace trace = a_trace()
                                 .with_site("request")
                                 .with_task(created_at(ms(10)).finished_at(ms(50)))
                                 .with_site("uv_fs")
                                 .with_task(created_at(ms(11)).child_of(1).finished_at(ms(49)))
                                 // A log entry, which nobody waits for.
                                 .with_task(created_at(ms(12)).child_of(1).finished_at(ms(90)))
                                 .with_label(1, "id", "7")
                                 .build();
  const RequestTimes times = times_of(trace);
  EXPECT_EQ(times.latency(), ms(40));
  EXPECT_TRUE(times.finished);
  EXPECT_EQ(times.last, trace.tasks.find(1));
}

TEST(RequestTimes, EndInTheCallbackThatEndsThem) {
  const model::Trace trace =
      a_trace()
          .with_site("request")
          .with_task(created_at(ms(10)).finished_at(ms(50)))
          .with_site("uv_timer")
          .with_task(created_at(ms(11)).child_of(1).ran(ms(47), ms(5)).finished_at(ms(52)))
          .with_site("uv_fs")
          .with_task(created_at(ms(11)).child_of(1).ran(ms(89), ms(1)).finished_at(ms(90)))
          .with_label(1, "id", "7")
          .build();
  EXPECT_EQ(times_of(trace).latency(), ms(40));
}

TEST(RequestTimes, GoOnToTheLastOfCallbacksThatStartEachOther) {
  const model::Trace trace = a_trace()
                                 .with_site("uv_work")
                                 .with_task(created_at(ms(10)).finished_at(ms(20)))
                                 .with_site("uv_fs")
                                 .with_task(created_at(ms(19)).child_of(1).finished_at(ms(30)))
                                 .with_task(created_at(ms(29)).child_of(2).failed_at(ms(71)))
                                 .with_site("uv_handle", "", 0, model::kTeardown)
                                 .with_task(created_at(ms(70)).child_of(3).finished_at(ms(99)))
                                 .with_label(1, "id", "7")
                                 .build();
  const RequestTimes times = times_of(trace);
  EXPECT_EQ(times.latency(), ms(61)) << "a close is none of it";
  EXPECT_EQ(times.last, trace.tasks.find(3));
  EXPECT_TRUE(times.failed);
}

TEST(RequestTimes, OfACoroutineAreItsOwn) {
  const model::Trace trace = a_trace()
                                 .with_site("coroutine")
                                 .with_task(created_at(ms(10)).finished_at(ms(20)))
                                 .with_site("uv_timer")
                                 .with_task(created_at(ms(19)).child_of(1).finished_at(ms(30)))
                                 .with_label(1, "id", "7")
                                 .build();
  EXPECT_EQ(times_of(trace).latency(), ms(10));
}

TEST(RequestTimes, OfPendingOnesGoToTheEndOfTheTrace) {
  const model::Trace trace = a_trace()
                                 .lasting(ms(101))
                                 .with_site("request")
                                 .with_task(created_at(ms(10)))
                                 .with_label(1, "id", "7")
                                 .build();
  EXPECT_FALSE(times_of(trace).finished);
  EXPECT_EQ(times_of(trace).latency(), ms(91));
}

TEST(RequestTimes, AreNeverNegative) {
  const model::Trace trace = a_trace()
                                 .with_site("request")
                                 .with_task(created_at(ms(10)).finished_at(ms(3)))
                                 .with_label(1, "id", "7")
                                 .build();
  EXPECT_EQ(times_of(trace).latency(), 0);
}

TEST(ContextCosts, SortValuesByWhatTheirRequestsTookInAll) {
  TraceBuilder builder = a_trace().with_site("request");
  // 23 of /cheap take 1 ms .. 23 ms; 2 of /dear take 500 ms.
  for (int i = 1; i <= 23; ++i) {
    builder.with_task(created_at(ms(i)).finished_at(ms(2 * i)));
    builder.with_label(builder.last_task(), "route", "/cheap");
  }
  for (int i = 1; i <= 2; ++i) {
    builder.with_task(created_at(ms(i)).finished_at(ms(i + 500), model::Outcome::error));
    builder.with_label(builder.last_task(), "route", "/dear");
  }
  builder.with_task(created_at(ms(9'990)));
  builder.with_label(builder.last_task(), "route", "/cheap");
  const ContextCosts costs = context_costs(builder.build(), "route");
  ASSERT_THAT(costs.rows, SizeIs(2));
  EXPECT_EQ(costs.values, 2u);
  EXPECT_EQ(costs.rows[0].value, "/dear");
  EXPECT_EQ(costs.rows[0].failed, 2u);
  const ContextCost& cheap = costs.rows[1];
  EXPECT_EQ(cheap.requests, 24u);
  EXPECT_EQ(cheap.unfinished, 1u);
  EXPECT_EQ(cheap.failed, 0u);
  EXPECT_EQ(cheap.p50, ms(12));
  EXPECT_EQ(cheap.p99, ms(23));
  EXPECT_EQ(cheap.max, ms(23));
  EXPECT_EQ(cheap.total, ms(23 * 24 / 2 + 10));
}

TEST(ContextCosts, SumWaitsByKindWithoutCountingThemTwice) {
  const model::Trace trace =
      a_trace()
          .with_site("request")
          .with_task(created_at(ms(0)).finished_at(ms(200)))  // waits for all of these
          .with_site("uv_timer")
          .with_task(created_at(ms(10)).child_of(1).ran(ms(111), ms(3)).finished_at(ms(114)))
          .with_site("uv_fs")
          .with_task(created_at(ms(10)).child_of(1).finished_at(ms(30)))
          .with_task(created_at(ms(10)).child_of(1).finished_at(ms(40)))
          .with_site("uv_tcp", "", 0, model::kSubscription)
          .with_task(created_at(ms(1)).child_of(1).finished_at(ms(199)))
          .with_label(1, "route", "/a")
          .build();
  const ContextCosts costs = context_costs(trace, "route");
  ASSERT_THAT(costs.rows, SizeIs(1));
  EXPECT_EQ(costs.rows[0].tasks, 5u);
  ASSERT_THAT(costs.rows[0].waits, SizeIs(2));
  EXPECT_EQ(costs.rows[0].waits[0].kind, "uv_timer");
  EXPECT_EQ(costs.rows[0].waits[0].time, ms(101));
  EXPECT_EQ(costs.rows[0].waits[1].kind, "uv_fs");
  EXPECT_EQ(costs.rows[0].waits[1].time, ms(50));
  EXPECT_EQ(costs.rows[0].waits[1].waits, 2u);
}

TEST(ContextCosts, NameWhatCoroutinesAwait) {
  const model::Trace trace = a_trace()
                                 .with_site("coroutine")
                                 .with_task(created_at(ms(0)).finished_at(ms(200)))
                                 .with_site("await", "a.cpp", 7)
                                 .named("Timer")
                                 .with_await(1, 0, ms(7), ms(108))
                                 .with_label(1, "route", "/a")
                                 .build();
  const ContextCosts costs = context_costs(trace, "route");
  ASSERT_THAT(costs.rows, SizeIs(1));
  ASSERT_THAT(costs.rows[0].waits, SizeIs(1));
  EXPECT_EQ(costs.rows[0].waits[0].kind, "Timer");
  EXPECT_EQ(costs.rows[0].waits[0].time, ms(101));
}

TEST(ContextCosts, TellOwnStallsFromThoseOfOthers) {
  const model::Trace trace = a_trace()
                                 .with_site("request")
                                 .with_loop()
                                 .with_task(created_at(ms(0)).ran(ms(1), ms(101)).finished_at(ms(200)))
                                 .with_task(created_at(ms(0)).ran(ms(102), ms(1)).finished_at(ms(200)))
                                 .with_stall(stalled_at(ms(1), ms(101)).by_task(1))
                                 .with_waited(2, 1, ms(1), ms(101))
                                 .with_waited(1, 1, ms(1), ms(11))
                                 .with_label(1, "route", "/blocks")
                                 .with_label(2, "route", "/waits")
                                 .build();
  const ContextCosts costs = context_costs(trace, "route");
  ASSERT_THAT(costs.rows, SizeIs(2));
  for (const ContextCost& cost : costs.rows) {
    EXPECT_EQ(cost.blocked, cost.value == "/blocks" ? ms(101) : 0);
    EXPECT_EQ(cost.held_up, cost.value == "/waits" ? ms(101) : 0);
  }
}

TEST(ContextCosts, KeepTheDearestOfVeryManyValues) {
  TraceBuilder builder = a_trace().with_site("request");
  const int count = static_cast<int>(ContextCosts::kMostRows) + 23;
  for (int i = 0; i < count; ++i) {
    builder.with_task(created_at(0).finished_at(i + 1));
    builder.with_label(builder.last_task(), "id", std::to_string(i));
  }
  const ContextCosts costs = context_costs(builder.build(), "id");
  EXPECT_EQ(costs.values, static_cast<std::uint64_t>(count));
  ASSERT_THAT(costs.rows, SizeIs(ContextCosts::kMostRows + 1));
  EXPECT_EQ(costs.rows.front().value, std::to_string(count - 1));
  EXPECT_TRUE(costs.rows.back().rest);
  EXPECT_EQ(costs.rows.back().requests, 23u);
  EXPECT_EQ(costs.rows.back().total, 23 * 24 / 2);
}

std::vector<std::string> words_of(const Finding& finding) {
  std::vector<std::string> words;
  for (const ContextShare& share : finding.contexts)
    words.push_back(share.key + "=" + share.value + " " + std::to_string(share.tasks) + " " +
                    std::to_string(share.time / kMillisecond));
  return words;
}

TEST(FindingContexts, OfStallsAreWhoStalledAndWhoWaited) {
  const model::Trace trace = a_trace()
                                 .with_site("request")
                                 .with_loop()
                                 .with_task(created_at(ms(0)).ran(ms(1), ms(101)).finished_at(ms(200)))
                                 .with_task(created_at(ms(0)).ran(ms(102), ms(1)).finished_at(ms(200)))
                                 .with_task(created_at(ms(0)).ran(ms(103), ms(1)).finished_at(ms(200)))
                                 .with_stall(stalled_at(ms(1), ms(101)).by_task(1))
                                 .with_waited(2, 1, ms(1), ms(97))
                                 .with_waited(3, 1, ms(1), ms(89))
                                 .with_label(1, "route", "/blocks")
                                 .with_label(2, "route", "/waits")
                                 .with_label(3, "route", "/waits")
                                 .build();
  std::vector<Finding> findings(1);
  findings[0].detector = "blocking-span";
  findings[0].site = 1;
  findings[0].stalls = {0};
  name_contexts(trace, findings);
  EXPECT_THAT(words_of(findings[0]), ElementsAre("route=/waits 2 186", "route=/blocks 1 101"));
}

TEST(FindingContexts, OfALeakAreTheTasksOfItsPlaceThatNeverEnded) {
  TraceBuilder builder = a_trace().with_site("request").with_task(created_at(0)).with_task(created_at(0));
  builder.with_label(1, "route", "/leaks").with_label(2, "route", "/fine");
  builder.with_site("uv_timer", "leak.cpp", 12);
  builder.with_tasks(23, every(ms(10)), created_at(ms(10)).child_of(1));
  builder.with_tasks(101, every(ms(10)), created_at(ms(10)).child_of(2).finished_at(ms(17)));
  const model::Trace trace = builder.build();
  for (const Finding& finding : detect_all(trace, {})) {
    if (finding.detector != "leaked-task" || finding.site != 2) continue;
    ASSERT_THAT(finding.contexts, SizeIs(1));
    EXPECT_EQ(finding.contexts[0].value, "/leaks");
    EXPECT_EQ(finding.contexts[0].tasks, 23u);
    return;
  }
  FAIL() << "no leak was found";
}

TEST(FindingContexts, AreTheWorstTenAndNoneWithoutLabels) {
  TraceBuilder builder = a_trace().with_site("uv_timer", "leak.cpp", 12);
  builder.with_tasks(23, every(ms(10)), created_at(ms(10)));
  for (const Finding& finding : detect_all(builder.build(), {})) EXPECT_THAT(finding.contexts, IsEmpty());
  for (std::uint64_t task = 1; task <= 23; ++task) builder.with_label(task, "id", std::to_string(task));
  const std::vector<Finding> findings = detect_all(builder.build(), {});
  ASSERT_FALSE(findings.empty());
  ASSERT_THAT(findings[0].contexts, SizeIs(kMaxContexts));
  EXPECT_EQ(findings[0].contexts[0].value, "1") << "the oldest";
}

}  // namespace
}  // namespace loopscope::detect
