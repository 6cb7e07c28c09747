#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/detect/findings.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using model::Trace;
using testing::a_trace;
using testing::created_at;
using testing::every;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TraceBuilder;

constexpr Nanos ms = kMillisecond;

std::vector<Finding> detect(const Trace& trace) { return unhandled_failure(trace, Limits{}); }

// A coroutine that goes on until the end; the rows that it stores are current.
TraceBuilder import_of_rows() {
  return a_trace()
      .lasting(1009 * ms)
      .with_site("coroutine", "import.cpp", 11, 0, "import_rows")
      .with_task(created_at(101 * ms).ran(101 * ms, 1000))
      .with_site("coroutine", "store.cpp", 13, 0, "store");
}
testing::TaskSpec row(Time created) { return created_at(created).child_of(1).ran(created, 1000); }
// What the failed tasks said.
Trace with_texts(Trace trace, const std::vector<const char*>& texts) {
  std::size_t next = 0;
  for (model::TaskIndex task = 0; task < trace.tasks.size(); ++task) {
    if (trace.tasks.outcome(task) == model::Outcome::error)
      trace.failures.push_back({task, trace.tasks.finished(task), 0, texts[next++ % texts.size()]});
  }
  return trace;
}

TEST(UnhandledFailure, ReportsWhatNobodyAwaited) {
  const Trace trace = with_texts(import_of_rows()
                                     .with_tasks(23, every(ms), row(103 * ms).failed_at(114 * ms))
                                     .with_tasks(78, every(ms), row(103 * ms).finished_at(113 * ms))
                                     .build(),
                                 {"std::invalid_argument", "std::invalid_argument", "app::Timeout"});
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  const Finding& found = findings[0];
  EXPECT_EQ(found.detector, "unhandled-failure");
  EXPECT_EQ(found.severity, Severity::warning);
  EXPECT_TRUE(found.candidate) << "what the promise does with it is not recorded";
  EXPECT_EQ(
      found.title,
      "23 of 101 coroutines failed and nobody awaited them: std::invalid_argument (16), app::Timeout (7)");
  EXPECT_EQ(evidence(found, "unhandled"), 23);
  EXPECT_EQ(evidence(found, "awaited_failures"), 0);
  EXPECT_EQ(found.first, 114 * ms);
  EXPECT_EQ(found.last, 136 * ms);
  EXPECT_NEAR(found.price, 23 * 0.011, 1e-9);
  ASSERT_THAT(found.members, SizeIs(23));
  EXPECT_EQ(found.members[0].fate, "failed: std::invalid_argument");
  EXPECT_EQ(found.members[0].at, 114 * ms);
  EXPECT_EQ(found.members[0].lasted, 11 * ms);
}

TEST(UnhandledFailure, IsNoneThatIsAwaitedThenOrLater) {
  TraceBuilder builder = import_of_rows().with_tasks(3, every(ms), row(103 * ms).failed_at(113 * ms));
  builder
      .with_await(1, 2, 107 * ms, 113 * ms)  // then
      .with_await(1, 3, 127 * ms, 127 * ms)  // later, without having to wait
      .with_await(1, 4, 109 * ms);           // the waiter has not gone on yet
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(UnhandledFailure, IsOneWhoseWaiterGaveUpOrWasGone) {
  TraceBuilder builder = import_of_rows().with_tasks(23, every(ms), row(103 * ms).failed_at(211 * ms));
  builder.with_site("coroutine", "wait.cpp", 17)
      .with_task(created_at(102 * ms).ran(102 * ms, 7).finished_at(151 * ms));
  const std::uint64_t gone = builder.last_task();
  for (std::uint64_t task = 2; task <= 13; ++task) builder.with_await(1, task, 107 * ms, 151 * ms);
  for (std::uint64_t task = 14; task <= 24; ++task) builder.with_await(gone, task, 107 * ms);
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].count, 23u);
}

// Callbacks are handed their errors.
TEST(UnhandledFailure, IsNothingButCoroutines) {
  EXPECT_THAT(detect(a_trace()
                         .lasting(1009 * ms)
                         .with_site("uv_fs_open", "open.c", 12)
                         .with_tasks(23, every(ms), created_at(101 * ms).ran(103 * ms, 7).failed_at(103 * ms))
                         .build()),
              IsEmpty());
}

// A generator's exception goes to whoever asks it for the next element.
TEST(UnhandledFailure, IsNoGenerators) {
  TraceBuilder builder = import_of_rows().with_tasks(23, every(ms), row(103 * ms).failed_at(114 * ms));
  builder.with_site("await", "store.cpp", 17).named("co_yield").with_await(2, 0, 104 * ms, 105 * ms);
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(UnhandledFailure, IsANoteWhereMainMayHaveAskedForTheResult) {
  const auto findings =
      detect(a_trace()
                 .lasting(1009 * ms)
                 .with_site("coroutine", "main.cpp", 13)
                 .with_tasks(7, every(ms), created_at(103 * ms).ran(103 * ms, 7).failed_at(114 * ms))
                 .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_TRUE(findings[0].candidate);
}

// A server whose detached sessions log what they throw: seldom.
TEST(UnhandledFailure, IsANoteWhereItIsRare) {
  const auto findings = detect(import_of_rows()
                                   .with_tasks(3, every(ms), row(103 * ms).failed_at(114 * ms))
                                   .with_tasks(997, every(ms / 10), row(103 * ms).finished_at(114 * ms))
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
}

// co_spawn awaits the coroutine itself, for its handler.
TraceBuilder spawned_with(const std::string& handler) {
  TraceBuilder builder =
      a_trace()
          .lasting(1009 * ms)
          .with_site("coroutine", "asio/impl/co_spawn.hpp", 101, model::kInternal, "co_spawn_entry_point")
          .called_from(
              "asio::detail::co_spawn_entry_point<void, asio::any_io_executor, " + handler + ">(int)",
              "asio/impl/co_spawn.hpp", 103);
  builder.with_tasks(7, every(ms), created_at(101 * ms).ran(101 * ms, 7).finished_at(211 * ms))
      .with_site("coroutine", "session.cpp", 13, 0, "session")
      .with_tasks(7, every(ms), created_at(101 * ms).ran(101 * ms, 7).failed_at(203 * ms));
  for (std::uint64_t task = 1; task <= 7; ++task) builder.with_await(task, task + 7, 111 * ms, 209 * ms);
  return builder;
}

TEST(UnhandledFailure, IsCertainWhereAsioWasToldToDropIt) {
  const auto findings = detect(spawned_with("asio::detail::detached_handler").build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_FALSE(findings[0].candidate);
  EXPECT_EQ(evidence(findings[0], "thrown_away"), 7);
  EXPECT_THAT(findings[0].advice, HasSubstr("asio::detached"));
}

TEST(UnhandledFailure, IsNoneThatAsioHandsToAHandler) {
  EXPECT_THAT(detect(spawned_with("main::{lambda(std::exception_ptr)#1}").build()), IsEmpty());
}

// Of a later Asio, co_spawn() itself is not recorded, whatever its handler does.
TEST(UnhandledFailure, IsANoteWhereAsioMayHaveHandedItOn) {
  TraceBuilder builder = import_of_rows().with_tasks(23, every(ms), row(103 * ms).failed_at(114 * ms));
  builder.with_site("await", "store.cpp", 17).named("boost::asio::awaitable<void>");
  builder.with_await(2, 0, 104 * ms, 105 * ms);
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].advice, HasSubstr("co_spawn"));
}

TEST(UnhandledFailure, IsNoNoteForACoroutineThatIsNotAsios) {
  TraceBuilder builder = import_of_rows().with_tasks(23, every(ms), row(103 * ms).failed_at(114 * ms));
  builder.with_site("await", "store.cpp", 17).named("app::Timer").with_await(2, 0, 104 * ms, 105 * ms);
  builder.with_site("await", "serve.cpp", 19).named("asio::awaitable<void>").with_await(1, 0, 131 * ms);
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
}

TEST(UnhandledFailure, IsNotSureWhereEventsWereLost) {
  const auto findings = detect(import_of_rows()
                                   .with_tasks(23, every(ms), row(103 * ms).failed_at(114 * ms))
                                   .with_loss("no free chunk in the pool", 101)
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].advice, HasSubstr("Not enough evidence"));
}

TEST(UnhandledFailure, IsOneNoteInATraceThatWasReadAsAStream) {
  Trace trace = import_of_rows().with_tasks(23, every(ms), row(103 * ms).failed_at(114 * ms)).build();
  trace.forgotten.resize(trace.sites.size());
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].advice, HasSubstr("Not enough evidence"));
}

TEST(UnhandledFailure, FindsNothingInAnEmptyTrace) { EXPECT_THAT(detect(Trace{}), IsEmpty()); }

}  // namespace
}  // namespace loopscope::detect
