// Where a request's time went, in programs whose truth is known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/trace_builder.h"
#include "viewer/detect/critical_path.h"
#include "viewer/detect/request_paths.h"

namespace loopscope::detect {
namespace {

using loopscope::testing::a_trace;
using loopscope::testing::created_at;
using loopscope::testing::sampled_at;
using loopscope::testing::stalled_at;
using loopscope::testing::TraceBuilder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Time ms(Time count) { return count * kMillisecond; }

// How late a span began is kept within 0.2 %: whole milliseconds are exact.
std::string in_ms(Time at) { return std::to_string((at + kMillisecond / 2) / kMillisecond); }

// "running 0-7 #1", "waiting 7-108 #2 uv_timer", "held_up 7-9 #1 by #3"
std::vector<std::string> words(const model::Trace& trace, const CriticalPath& path) {
  static const char* const kWords[] = {"running", "queued", "held up", "waiting", "unknown"};
  std::vector<std::string> all;
  for (const PathSegment& segment : path.segments) {
    std::string one = kWords[static_cast<int>(segment.spent)];
    one += " " + in_ms(segment.from) + "-" + in_ms(segment.to);
    one += " #" + std::to_string(trace.tasks.id(segment.task));
    if (segment.spent == Spent::waiting) one += " " + waits_for(trace, segment);
    if (segment.spent == Spent::held_up)
      one += " by #" + std::to_string(trace.tasks.id(trace.stalls[segment.stall].task));
    all.push_back(one);
  }
  return all;
}

std::vector<std::string> path_of(const model::Trace& trace, std::uint64_t number) {
  return words(trace, critical_path(trace, trace.tasks.find(number)));
}

TEST(CriticalPath, OfATimerIsItsWaitItsLatenessAndItsCallback) {
  const model::Trace trace =
      a_trace()
          .with_loop()
          .with_site("uv_timer", "a.cpp", 7)
          .with_task(created_at(ms(10)).ready_at(ms(20)).ran(ms(23), ms(5)).finished_at(ms(28)))
          .build();
  EXPECT_THAT(path_of(trace, 1),
              ElementsAre("waiting 10-20 #1 uv_timer", "queued 20-23 #1", "running 23-28 #1"));
}

TEST(CriticalPath, NamesTheStallThatHeldItUp) {
  const model::Trace trace =
      a_trace()
          .with_loop()
          .with_site("uv_timer", "a.cpp", 7)
          .with_task(created_at(ms(10)).ready_at(ms(20)).ran(ms(53), ms(5)).finished_at(ms(58)))
          .with_site("uv_tcp", "slow.cpp", 11)
          .with_task(created_at(ms(1)).ran(ms(18), ms(31)))
          .with_stall(
              stalled_at(ms(18), ms(31)).by_task(2).sampled(sampled_at(ms(30)).in("parse", "parse.cpp", 71)))
          .build();
  const CriticalPath path = critical_path(trace, trace.tasks.find(1));
  EXPECT_THAT(words(trace, path), ElementsAre("waiting 10-20 #1 uv_timer", "held up 20-49 #1 by #2",
                                              "queued 49-53 #1", "running 53-58 #1"));
  EXPECT_EQ(place_of(trace, path.segments[1]).file, "parse.cpp");
  EXPECT_EQ(place_of(trace, path.segments[1]).line, 71u);
}

TEST(CriticalPath, GoesThroughAwaitedTasksToWhatTheyWaitFor) {
  const model::Trace trace =
      a_trace()
          .with_loop()
          .with_site("coroutine", "handle.cpp", 5, 0, "handle")
          .with_task(created_at(ms(0)).ran(ms(0), ms(3)).ran(ms(111), ms(2)).finished_at(ms(113)))
          .with_site("coroutine", "query.cpp", 9, 0, "query")
          .with_task(created_at(ms(2)).child_of(1).ran(ms(3), ms(5)).ran(ms(109), ms(2)).finished_at(ms(111)))
          .with_site("await", "handle.cpp", 6)
          .with_await(1, 2, ms(3), ms(111))
          .with_site("await", "query.cpp", 10)
          .named("async_read")
          .with_await(2, 0, ms(8), ms(109))
          .build();
  const CriticalPath path = critical_path(trace, trace.tasks.find(1));
  EXPECT_THAT(words(trace, path),
              ElementsAre("running 0-3 #1", "running 3-8 #2", "waiting 8-109 #2 async_read",
                          "running 109-111 #2", "running 111-113 #1"));
  EXPECT_EQ(path.segments[2].depth, 1u);
  EXPECT_EQ(place_of(trace, path.segments[2]).function, "query");
  EXPECT_EQ(place_of(trace, path.segments[2]).line, 10u) << "of the co_await";
}

TEST(CriticalPath, OfSeveralAwaitedTasksIsThatOfTheLast) {
  const model::Trace trace =
      a_trace()
          .with_loop()
          .with_site("promise", "all.cpp", 5)
          .with_task(created_at(ms(0)).ran(ms(0), ms(3)).ran(ms(101), ms(2)).finished_at(ms(103)))
          .with_site("promise", "one.cpp", 9)
          .with_task(created_at(ms(1)).child_of(1).finished_at(ms(31)))
          .with_task(created_at(ms(1)).child_of(1).finished_at(ms(97)))
          .with_task(created_at(ms(1)).child_of(1).finished_at(ms(53)))
          .with_await(1, 2, ms(3), ms(31))
          .with_await(1, 3, ms(3), ms(97))
          .with_await(1, 4, ms(3), ms(53))
          .build();
  EXPECT_THAT(path_of(trace, 1), ElementsAre("running 0-3 #1", "waiting 3-97 #3 promise", "queued 97-101 #1",
                                             "running 101-103 #1"));
}

TEST(CriticalPath, FollowsCallbacksThatStartEachOtherToTheFirst) {
  const model::Trace trace =
      a_trace()
          .with_loop()
          .with_site("request", "serve.cpp", 5)
          .with_task(created_at(ms(0)).ran(ms(0), ms(3)).finished_at(ms(140)))
          .with_site("uv_fs", "open.cpp", 7)
          .with_task(created_at(ms(2)).child_of(1).ready_at(ms(30)).ran(ms(31), ms(4)).finished_at(ms(35)))
          .with_site("uv_timer", "retry.cpp", 9)
          .with_task(
              created_at(ms(34)).child_of(2).ready_at(ms(135)).ran(ms(135), ms(7)).finished_at(ms(142)))
          // Meanwhile, and not what it waits for: done long before.
          .with_site("uv_work", "log.cpp", 3)
          .with_task(created_at(ms(2)).child_of(1).ran(ms(50), ms(4)).finished_at(ms(54)))
          .build();
  EXPECT_THAT(path_of(trace, 1),
              ElementsAre("running 0-3 #1", "waiting 3-30 #2 uv_fs", "queued 30-31 #2", "running 31-34 #2",
                          "waiting 34-135 #3 uv_timer", "running 135-140 #3"));
}

TEST(CriticalPath, GoesOnToTheEndOfTheLastCallback) {
  const model::Trace trace =
      a_trace()
          .with_loop()
          .with_site("uv_work", "first.cpp", 5)
          .with_task(created_at(ms(0)).ready_at(ms(10)).ran(ms(10), ms(3)).finished_at(ms(13)))
          .with_site("uv_fs", "second.cpp", 7)
          .with_task(created_at(ms(12)).child_of(1).ready_at(ms(41)).ran(ms(41), ms(4)).finished_at(ms(45)))
          .build();
  const CriticalPath path = critical_path(trace, trace.tasks.find(1));
  EXPECT_EQ(path.times.latency(), ms(45));
  EXPECT_THAT(words(trace, path), ElementsAre("waiting 0-10 #1 uv_work", "running 10-13 #1",
                                              "waiting 13-41 #2 uv_fs", "running 41-45 #2"));
}

TEST(CriticalPath, WaitsForAnEventOnlySinceTheRequestDidSomething) {
  const model::Trace trace =
      a_trace()
          .with_loop()
          .with_site("request", "serve.cpp", 5)
          .with_task(created_at(ms(0)).ran(ms(0), ms(3)).finished_at(ms(99)))
          .with_site("uv_tcp", "read.cpp", 7, model::kSubscription)
          .with_task(created_at(ms(1)).child_of(1).ready_at(ms(95)).ran(ms(97), ms(4)))
          .with_site("uv_timer", "delay.cpp", 9)
          .with_task(created_at(ms(2)).child_of(1).ready_at(ms(40)).ran(ms(40), ms(3)).finished_at(ms(43)))
          .build();
  EXPECT_THAT(path_of(trace, 1),
              ElementsAre("running 0-3 #1", "waiting 3-40 #3 uv_timer", "running 40-43 #3",
                          "waiting 43-95 #2 uv_tcp", "queued 95-97 #2", "running 97-99 #2"));
}

TEST(CriticalPath, OfAPendingOneEndsWithTheTrace) {
  const model::Trace trace = a_trace()
                                 .lasting(ms(101))
                                 .with_loop()
                                 .with_site("coroutine", "a.cpp", 5)
                                 .with_task(created_at(ms(0)).ran(ms(0), ms(3)))
                                 .with_site("await", "a.cpp", 6)
                                 .named("Lock")
                                 .with_await(1, 0, ms(3))
                                 .build();
  EXPECT_THAT(path_of(trace, 1), ElementsAre("running 0-3 #1", "waiting 3-101 #1 Lock"));
}

TEST(CriticalPath, OfTasksThatWaitForEachOtherEnds) {
  const model::Trace trace = a_trace()
                                 .lasting(ms(101))
                                 .with_loop()
                                 .with_site("coroutine", "a.cpp", 5)
                                 .with_task(created_at(ms(0)).ran(ms(0), ms(3)))
                                 .with_task(created_at(ms(1)).child_of(1).ran(ms(3), ms(2)))
                                 .with_await(1, 2, ms(3))
                                 .with_await(2, 1, ms(5))
                                 .build();
  EXPECT_THAT(path_of(trace, 1),
              ElementsAre("running 0-3 #1", "running 3-5 #2", "waiting 5-101 #2 coroutine"));
}

TEST(CriticalPath, SaysWhatItDoesNotKnow) {
  const model::Trace trace =
      a_trace()
          .with_loop()
          .with_site("coroutine", "a.cpp", 5)
          .with_task(created_at(ms(0)).ran(ms(0), ms(3)).ran(ms(50), ms(1)).finished_at(ms(51)))
          .build();
  EXPECT_THAT(path_of(trace, 1), ElementsAre("running 0-3 #1", "unknown 3-50 #1", "running 50-51 #1"));
}

TEST(CriticalPath, SurvivesTasksWithoutATimeAndWithoutATrace) {
  const model::Trace trace =
      a_trace().with_site("request").with_task(created_at(ms(10)).finished_at(ms(3))).build();
  EXPECT_THAT(path_of(trace, 1), IsEmpty());
  EXPECT_EQ(critical_path(trace, 4711).task, model::kNoTask);
}

TEST(CriticalPath, WithoutATimelineOnlyKnowsTheKind) {
  model::Trace trace = a_trace()
                           .with_loop()
                           .with_site("uv_timer", "a.cpp", 7)
                           .with_task(created_at(ms(10)).ran(ms(23), ms(5)).finished_at(ms(28)))
                           .build();
  trace.timeline = {};
  EXPECT_THAT(path_of(trace, 1), ElementsAre("waiting 10-28 #1 uv_timer"));
}

TEST(RequestPaths, ShowTheUsualAndTheSlowestAndTheSumOfAll) {
  TraceBuilder builder = a_trace().with_loop().with_site("uv_timer", "a.cpp", 7);
  for (const Time took : {11, 13, 17, 101, 12}) {
    const Time begin = 1000 * static_cast<Time>(builder.last_task());
    builder.with_task(created_at(ms(begin))
                          .ready_at(ms(begin + took - 2))
                          .ran(ms(begin + took - 2), ms(2))
                          .finished_at(ms(begin + took)));
    builder.with_label(builder.last_task(), "route", "/a");
  }
  builder.with_task(created_at(ms(1)));
  builder.with_label(builder.last_task(), "route", "/a");
  const model::Trace trace = builder.build();
  const RequestPaths paths = request_paths(trace, "route", "/a");
  EXPECT_EQ(paths.requests, 6u);
  EXPECT_EQ(paths.finished, 5u);
  EXPECT_EQ(paths.summed, 5u);
  EXPECT_EQ(paths.latency, ms(11 + 13 + 17 + 101 + 12));
  EXPECT_EQ(paths.spent[static_cast<std::size_t>(Spent::running)], ms(10));
  EXPECT_EQ(paths.usual.times.latency(), ms(13));
  EXPECT_EQ(paths.slowest.times.latency(), ms(101));
  ASSERT_EQ(paths.places.size(), 2u);
  EXPECT_EQ(paths.places[0].waits_for, "uv_timer");
  EXPECT_EQ(paths.places[0].requests, 5u);
  EXPECT_EQ(request_paths(trace, "route", "/b").requests, 0u);
}

}  // namespace
}  // namespace loopscope::detect
