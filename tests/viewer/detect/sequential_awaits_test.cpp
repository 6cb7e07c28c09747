#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/detect/findings.h"
#include "viewer/detect/awaited_operation.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using model::kInternal;
using model::Outcome;
using model::Trace;
using testing::a_trace;
using testing::created_at;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TaskSpec;
using testing::TraceBuilder;

constexpr Nanos ms = kMillisecond;

std::vector<Finding> detect(const TraceBuilder& builder) {
  return sequential_awaits(builder.build(), Limits{});
}

// Coroutines, with a site for each of the things that happen to them.
class Program {
 public:
  Program() { trace.lasting(10'007 * ms); }

  // Its number.
  std::uint64_t task(const std::string& function, const TaskSpec& spec) {
    place("coroutine", function);
    trace.with_task(spec);
    return trace.last_task();
  }
  void await(std::uint64_t waiter, std::uint64_t awaited, Time begin, Time end, std::uint32_t line = 71,
             const std::string& what = "") {
    trace.with_site("await", "orders.cpp", line).named(what);
    trace.with_await(waiter, awaited, begin, end);
  }

  // A waiter that lives from `at` on and awaits `count` children, each of them for `each`, created when the one before is
  // over and waiting for `what` at the bottom.
  void one_by_one(Time at, int count, Nanos each, const std::string& what = "Answer",
                  const std::string& function = "price", std::uint64_t parent = 0) {
    const Time end = at + count * each;
    const std::uint64_t waiter =
        task("sum_of", created_at(at).ran(at, 1000).finished_at(end).child_of(parent));
    for (int child = 0; child < count; ++child) {
      const Time begin = at + child * each;
      add_child(waiter, function, begin, begin + each, what);
    }
  }
  std::uint64_t add_child(std::uint64_t waiter, const std::string& function, Time begin, Time end,
                          const std::string& what, Outcome outcome = Outcome::ok) {
    const std::uint64_t child =
        task(function, created_at(begin).ran(begin, 1000).finished_at(end, outcome).child_of(waiter));
    await(waiter, child, begin, end);
    await(child, 0, begin + 1000, end, 73, what);
    return child;
  }

  TraceBuilder trace;

 private:
  void place(const std::string& kind, const std::string& function) {
    trace.with_site(kind, function + ".cpp", 11, 0, function);
  }
};

TEST(SequentialAwaits, TellsWhatAwaitingTogetherWouldSave) {
  Program program;
  for (int order = 0; order < 23; ++order) program.one_by_one(order * 101 * ms, 7, 13 * ms);
  const auto findings = detect(program.trace);
  ASSERT_THAT(findings, SizeIs(1));
  const Finding& finding = findings[0];
  EXPECT_EQ(finding.detector, "sequential-awaits");
  EXPECT_EQ(finding.severity, Severity::warning);
  EXPECT_TRUE(finding.candidate);
  EXPECT_EQ(finding.title,
            "161 similar tasks were awaited one by one, 2.09 s in all: at once 299 ms would do");
  ASSERT_THAT(finding.stack, SizeIs(1));
  EXPECT_EQ(finding.stack[0].file, "orders.cpp");
  EXPECT_EQ(finding.stack[0].line, 71u);
  EXPECT_EQ(finding.stack[0].function, "sum_of");
  EXPECT_EQ(finding.count, 161u);
  EXPECT_EQ(evidence(finding, "awaits"), 161);
  EXPECT_EQ(evidence(finding, "waiters"), 23);
  EXPECT_EQ(evidence(finding, "awaits_in_a_row"), 7);
  EXPECT_EQ(evidence(finding, "waited_total"), 23 * 91);
  EXPECT_EQ(evidence(finding, "longest_total"), 23 * 13);
  EXPECT_NEAR(evidence(finding, "saved_total"), 23 * (91 - 13), 0.2);
  EXPECT_NEAR(evidence(finding, "possible_speed_up"), 7, 0.01);
  EXPECT_NEAR(evidence(finding, "share_of_waiters"), 100. * 6 / 7, 0.1);
  EXPECT_NEAR(finding.price, 1.794, 0.001);
  ASSERT_THAT(finding.members, SizeIs(7));
  EXPECT_EQ(finding.members[0].fate, "awaited first");
  EXPECT_EQ(finding.members[6].lasted, 13 * ms);
  EXPECT_THAT(finding.tasks, SizeIs(kMaxExamples));
}

TEST(SequentialAwaits, KeepsWhatRunsOnTheLoopOneAfterTheOther) {
  // Each child computes for 90 of its 101 ms: at once it would take 7 * 90 + 101.
  Program program;
  const std::uint64_t waiter = program.task("sum_of", created_at(0).finished_at(707 * ms));
  for (int child = 0; child < 7; ++child) {
    const Time begin = child * 101 * ms;
    const std::uint64_t task = program.task(
        "price", created_at(begin).ran(begin, 90 * ms).finished_at(begin + 101 * ms).child_of(waiter));
    program.await(waiter, task, begin, begin + 101 * ms);
  }
  const auto findings = detect(program.trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(evidence(findings[0], "saved_total"), 0);
  EXPECT_EQ(evidence(findings[0], "possible_speed_up"), 1);
}

TEST(SequentialAwaits, AreProvenWhereOthersOfTheirPlaceRanAtOnce) {
  Program program;
  for (int order = 0; order < 23; ++order) program.one_by_one(order * 101 * ms, 7, 13 * ms);
  const std::uint64_t elsewhere = program.task("preview", created_at(5003 * ms).finished_at(5101 * ms));
  for (int child = 0; child < 3; ++child) {
    program.add_child(elsewhere, "price", 5003 * ms + child, 5023 * ms, "Answer");
  }
  const auto findings = detect(program.trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_FALSE(findings[0].candidate);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_THAT(findings[0].advice, HasSubstr("elsewhere"));
}

TEST(SequentialAwaits, AreCriticalWhereProvenAndDear) {
  Program program;
  for (int order = 0; order < 97; ++order) program.one_by_one(order * 101 * ms, 7, 13 * ms);
  const std::uint64_t elsewhere = program.task("preview", created_at(5003 * ms).finished_at(5101 * ms));
  for (int child = 0; child < 3; ++child) {
    program.add_child(elsewhere, "price", 5003 * ms + child, 5023 * ms, "Answer");
  }
  const auto findings = detect(program.trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::critical);
}

TEST(SequentialAwaits, AreFoundForLazyOnesThatWereCreatedBefore) {
  Program program;
  const std::uint64_t waiter = program.task("sum_of", created_at(0).finished_at(7 * 101 * ms));
  std::vector<std::uint64_t> children;
  for (int child = 0; child < 7; ++child) {
    children.push_back(
        program.task("price", created_at(child).finished_at((child + 1) * 101 * ms).child_of(waiter)));
  }
  for (int child = 0; child < 7; ++child) {
    program.await(waiter, children[child], child * 101 * ms, (child + 1) * 101 * ms);
    program.await(children[child], 0, child * 101 * ms + 1000, (child + 1) * 101 * ms, 73, "Answer");
  }
  EXPECT_THAT(detect(program.trace), SizeIs(1));
}

TEST(SequentialAwaits, AreNotThoseThatWereStartedTogether) {
  Program program;
  const std::uint64_t waiter = program.task("sum_of", created_at(0).finished_at(7 * 101 * ms));
  std::vector<std::uint64_t> children;
  for (int child = 0; child < 7; ++child) {
    children.push_back(
        program.task("price", created_at(child).finished_at((child + 1) * 101 * ms).child_of(waiter)));
    program.await(children.back(), 0, child + 1000, (child + 1) * 101 * ms, 73, "Answer");
  }
  for (int child = 0; child < 7; ++child) {
    program.await(waiter, children[child], child * 101 * ms, (child + 1) * 101 * ms);
  }
  EXPECT_THAT(detect(program.trace), IsEmpty());
}

TEST(SequentialAwaits, AreNotThoseThatAreAwaitedTogether) {
  Program program;
  const std::uint64_t waiter = program.task("sum_of", created_at(0).finished_at(707 * ms));
  for (int round = 0; round < 7; ++round) {
    const Time at = round * 101 * ms;
    program.await(waiter, 0, at, at + 101 * ms, 71, "All");
    for (int child = 0; child < 7; ++child)
      program.add_child(waiter, "price", at + child, at + 97 * ms, "Answer");
  }
  EXPECT_THAT(detect(program.trace), IsEmpty());
}

TEST(SequentialAwaits, AreNotReadersOfAStream) {
  for (const char* const what :
       {"Socket::async_read_some", "Channel<int>::Pop", "tcp::acceptor::async_accept"}) {
    Program program;
    program.one_by_one(0, 97, 101 * ms, what, "fill");
    EXPECT_THAT(detect(program.trace), IsEmpty()) << what;
  }
  Program program;
  program.one_by_one(0, 97, 101 * ms, "Op", "(anonymous namespace)::read_line(Socket&)");
  EXPECT_THAT(detect(program.trace), IsEmpty());
}

TEST(SequentialAwaits, AreNotOfALibrarysOwnCoroutinesThatRead) {
  Program program;
  const std::uint64_t waiter = program.task("sum_of", created_at(0).finished_at(7 * 101 * ms));
  for (int child = 0; child < 7; ++child) {
    const Time begin = child * 101 * ms;
    const Time end = begin + 101 * ms;
    const std::uint64_t task = program.task("fill", created_at(begin).finished_at(end).child_of(waiter));
    program.trace.with_site("coroutine", "read.hpp", 101, kInternal, "asio::async_read<...>::initiate")
        .called_from("fill", "fill.cpp", 13);
    program.trace.with_task(created_at(begin).finished_at(end));
    program.trace.raw().sites.back().stack.front().library = true;
    const std::uint64_t own = program.trace.last_task();
    program.await(waiter, task, begin, end);
    program.await(task, own, begin, end, 73);
  }
  EXPECT_THAT(detect(program.trace), IsEmpty());
}

TEST(SequentialAwaits, AreNotWhatAQueueBrings) {
  Program program;
  const std::uint64_t worker = program.task("work", created_at(0).finished_at(9001 * ms));
  Time at = 0;
  // Mostly one job at a time, now and then seven.
  for (int round = 0; round < 23; ++round) {
    program.await(worker, 0, at, at + 11 * ms, 67, "Inbox");
    at += 11 * ms;
    for (int job = 0; job < (round % 5 == 4 ? 7 : 1); ++job) {
      program.add_child(worker, "job", at, at + 101 * ms, "Answer");
      at += 101 * ms;
    }
  }
  EXPECT_THAT(detect(program.trace), IsEmpty());
}

TEST(SequentialAwaits, AreNotTriesAfterAFailure) {
  Program program;
  const std::uint64_t waiter = program.task("connect_somehow", created_at(0).finished_at(7 * 101 * ms));
  for (int attempt = 0; attempt < 7; ++attempt) {
    const Time at = attempt * 101 * ms;
    program.add_child(waiter, "connect", at, at + 101 * ms, "Connection",
                      attempt < 6 ? Outcome::error : Outcome::ok);
  }
  EXPECT_THAT(detect(program.trace), IsEmpty());
}

TEST(SequentialAwaits, AreNotPeriodic) {
  // Timers awaited directly.
  Program direct;
  const std::uint64_t ticker = direct.task("beat", created_at(0));
  for (int beat = 0; beat < 97; ++beat)
    direct.await(ticker, 0, beat * 101 * ms, (beat + 1) * 101 * ms, 71, "Timer");
  EXPECT_THAT(detect(direct.trace), IsEmpty());

  // In a child, for as long as the program runs.
  Program below;
  const std::uint64_t poller = below.task("serve", created_at(0));
  for (int beat = 0; beat < 97; ++beat) {
    below.add_child(poller, "refresh", beat * 101 * ms, (beat + 1) * 101 * ms, "steady_timer::async_wait");
  }
  EXPECT_THAT(detect(below.trace), IsEmpty());
}

TEST(SequentialAwaits, AreOnlyAHintWhereTheWaiterNeverEnds) {
  Program program;
  const std::uint64_t service = program.task("serve", created_at(0));
  for (int job = 0; job < 97; ++job) {
    program.add_child(service, "job", job * 101 * ms, (job + 1) * 101 * ms, "Answer");
  }
  EXPECT_THAT(detect(program.trace), Each(Field(&Finding::severity, Severity::info)));
}

TEST(SequentialAwaits, AreOnlyAHintForWorkersThatShareTheWork) {
  Program program;
  const std::uint64_t parent = program.task("main_task", created_at(0).finished_at(9001 * ms));
  for (int worker = 0; worker < 3; ++worker) {
    program.one_by_one(1 * ms + worker * 1000, 31 + worker, 101 * ms, "Answer", "job", parent);
  }
  const auto findings = detect(program.trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].advice, HasSubstr("workers"));
}

TEST(SequentialAwaits, OfManyRequestsThatBeganTogetherAreNoWorkers) {
  Program program;
  const std::uint64_t parent = program.task("main_task", created_at(0).finished_at(9001 * ms));
  for (int order = 0; order < 23; ++order) {
    program.one_by_one(1 * ms + order * 1000, 7, 101 * ms, "Answer", "price", parent);
  }
  const auto findings = detect(program.trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
}

TEST(SequentialAwaits, AreOnlyAHintWhereTheyAreASmallPart) {
  Program program;
  const std::uint64_t waiter = program.task("sum_of", created_at(0).finished_at(9001 * ms));
  for (int child = 0; child < 7; ++child) {
    program.add_child(waiter, "price", child * 101 * ms, (child + 1) * 101 * ms, "Answer");
  }
  EXPECT_THAT(detect(program.trace), Each(Field(&Finding::severity, Severity::info)));
}

TEST(SequentialAwaits, AreNotSureWhereEventsWereLost) {
  Program program;
  program.one_by_one(0, 7, 101 * ms);
  program.trace.with_loss("no free chunk in the pool", 23);
  const auto findings = detect(program.trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].advice, HasSubstr("Not enough evidence"));
}

TEST(SequentialAwaits, FewAreNone) {
  Program program;
  program.one_by_one(0, 4, 101 * ms);
  EXPECT_THAT(detect(program.trace), IsEmpty());
}

TEST(SequentialAwaits, HintsAtRequestsThatDoDifferentThingsOneAfterTheOther) {
  Program program;
  for (int request = 0; request < 23; ++request) {
    const Time at = request * 401 * ms;
    const std::uint64_t waiter = program.task("answer", created_at(at).finished_at(at + 303 * ms));
    program.add_child(waiter, "user", at, at + 101 * ms, "Answer");
    program.add_child(waiter, "rights", at + 101 * ms, at + 202 * ms, "Answer");
    program.add_child(waiter, "basket", at + 202 * ms, at + 303 * ms, "Answer");
  }
  const auto findings = detect(program.trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_TRUE(findings[0].candidate);
  EXPECT_EQ(evidence(findings[0], "waiters"), 23);
  EXPECT_EQ(evidence(findings[0], "awaits"), 69);
  EXPECT_NEAR(evidence(findings[0], "possible_speed_up"), 3, 0.01);
}

// Task after task, each started in the callback of the one before.
TraceBuilder chain_of(const std::string& kind, int count) {
  TraceBuilder trace;
  trace.lasting(10'007 * ms).with_loop().with_site(kind, "scan.c", 12);
  for (int at = 0; at < count; ++at) {
    const Time begin = at * 11 * ms;
    trace.with_task(created_at(begin)
                        .ran(begin + 11 * ms - 2000, 2000)
                        .finished_at(begin + 11 * ms)
                        .child_of(static_cast<std::uint64_t>(at)));
  }
  return trace;
}

TEST(SequentialAwaits, HintsAtChainsOfCallbacks) {
  const auto findings = detect(chain_of("uv_fs_stat", 97));
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_TRUE(findings[0].candidate);
  EXPECT_EQ(evidence(findings[0], "operations"), 97);
  EXPECT_EQ(evidence(findings[0], "chains"), 1);
  EXPECT_NEAR(evidence(findings[0], "possible_speed_up"), 4, 0.1);
  EXPECT_THAT(findings[0].members, SizeIs(97));
}

TEST(SequentialAwaits, AreNotChainsOfReadsOfOneFile) {
  EXPECT_THAT(detect(chain_of("uv_fs_read", 97)), IsEmpty());
  EXPECT_THAT(detect(chain_of("uv_write", 97)), IsEmpty());
}

TEST(SequentialAwaits, SurvivesCirclesAndOddTimes) {
  Program program;
  const std::uint64_t a = program.task("a", created_at(5 * ms).child_of(2));
  const std::uint64_t b = program.task("a", created_at(3 * ms).finished_at(1 * ms).child_of(1));
  for (int i = 0; i < 7; ++i) {
    program.await(a, b, 7 * ms, 3 * ms);
    program.await(b, a, 3 * ms, kNever - 1);
    program.await(a, a, -3 * ms, 7 * ms);
  }
  EXPECT_THAT(detect(program.trace), Each(Field(&Finding::severity, Severity::info)));
}

TEST(AwaitedOperation, IsToldByTheWordsOfItsName) {
  EXPECT_EQ(operation_named("asio::basic_waitable_timer<...>::async_wait<...>"), AwaitedKind::timer);
  EXPECT_EQ(operation_named("Loop::after(std::chrono::microseconds)::Timer"), AwaitedKind::timer);
  EXPECT_EQ(operation_named("asio::basic_stream_socket<tcp>::async_read_some"), AwaitedKind::stream);
  EXPECT_EQ(operation_named("asyncReceive"), AwaitedKind::stream);
  EXPECT_EQ(operation_named("Mutex::LockAwaiter"), AwaitedKind::stream);
  EXPECT_EQ(operation_named("Backend::price_of(std::uint32_t)::Answer"), AwaitedKind::other);
  // No word of it, only its letters.
  EXPECT_EQ(operation_named("Spreadsheet::Awaiter"), AwaitedKind::other);
  EXPECT_EQ(operation_named(""), AwaitedKind::other);
}

TEST(AwaitedOperation, TakesTurnsByTheNameOfItsFunction) {
  EXPECT_TRUE(names_a_turn("net::Reader::read_line(int)"));
  EXPECT_TRUE(names_a_turn("awaitable<void> nextPage<int>(Cursor<next>&)"));
  EXPECT_FALSE(names_a_turn("Reader::price(reader&)"));
  EXPECT_FALSE(names_a_turn("already_fetched"));
  EXPECT_TRUE(names_a_pace("Node::sendHeartbeat"));
  EXPECT_FALSE(names_a_pace("Heartbeat::sum_of"));
}

}  // namespace
}  // namespace loopscope::detect
