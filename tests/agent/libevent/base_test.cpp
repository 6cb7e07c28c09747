// Bases: their ticks on every backend, nested, and as often as they are run.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "agent/adapters/libevent/bases.h"
#include "tests/agent/libevent/base.h"

namespace {

event_base* base_with(const std::string& method) {
  event_config* config = event_config_new();
  for (const char* other : {"epoll", "poll", "select"}) {
    if (other != method) event_config_avoid_method(config, other);
  }
  event_base* base = event_base_new_with_config(config);
  event_config_free(config);
  return base;
}

// A sanitizer's runtime has a poll, or an epoll_wait, of its own between libevent and ours.
bool waits_elsewhere([[maybe_unused]] const std::string& method) {
#if defined(__SANITIZE_THREAD__)
  return true;
#elif defined(__SANITIZE_ADDRESS__)
  return method == "poll";
#else
  return false;
#endif
}

class Backend : public testing::TestWithParam<const char*> {};

TEST_P(Backend, HasATickForEachWait) {
  if (waits_elsewhere(GetParam())) GTEST_SKIP();
  Recording recording;
  Base base(base_with(GetParam()));
  ASSERT_STREQ(event_base_get_method(base), GetParam());
  struct Repeating {
    event timer;
    int fired;
  } repeating{};
  event_assign(
      &repeating.timer, base, -1, EV_PERSIST,
      [](evutil_socket_t, short, void* argument) {
        auto* self = static_cast<Repeating*>(argument);
        if (++self->fired == 7) event_del(&self->timer);
      },
      &repeating);
  const timeval period = milliseconds(2);
  event_add(&repeating.timer, &period);
  base.run();
  const int waits = recording.count(fake::What::poll_begin, "loop");
  EXPECT_GE(waits, 7);
  EXPECT_EQ(recording.count(fake::What::poll_end, "loop"), waits);
  EXPECT_EQ(recording.count(fake::What::loop_created, "libevent"), 1);
  const auto created = recording.first(fake::What::loop_created, "libevent");
  EXPECT_EQ(recording.first(fake::What::poll_begin, "loop").id, created.id);
}

INSTANTIATE_TEST_SUITE_P(EventBase, Backend, testing::Values("epoll", "poll", "select"),
                         [](const auto& each) { return std::string(each.param); });

TEST(EventBase, IsLeftWhenItsLoopReturns) {
  Recording recording;
  Base base;
  base.turn();
  base.turn();
  EXPECT_EQ(recording.count(fake::What::loop_entered, "loop"), 2);
  EXPECT_EQ(recording.count(fake::What::loop_left, "loop"), 2);
  EXPECT_EQ(recording.first(fake::What::loop_left, "loop").code, 0) << "from no other loop";
}

TEST(EventBase, RunInACallbackOfAnotherIsALoopOfItsOwn) {
  if (waits_elsewhere("epoll")) GTEST_SKIP();
  Recording recording;
  Base outer;
  static event_base* inner;
  inner = event_base_new();
  event_base_once(
      outer, -1, EV_TIMEOUT,
      [](evutil_socket_t, short, void*) {
        const timeval soon = milliseconds(1);
        event_base_loopexit(inner, &soon);
        event_base_dispatch(inner);
      },
      nullptr, nullptr);
  outer.run();
  std::set<uint64_t> loops;
  for (const auto& event : fake::events()) {
    if (event.what == fake::What::poll_begin) loops.insert(event.id);
  }
  EXPECT_EQ(loops.size(), 2u);
  const auto left = recording.first(fake::What::loop_left, "loop");
  EXPECT_NE(left.code, 0) << "back into the outer one";
  EXPECT_NE(static_cast<uint64_t>(left.code), left.id);
  event_base_free(inner);
}

TEST(EventBase, MadeOrRunIsReportedAsActivityEvenWhileNothingIsRecorded) {
  fake::start();
  fake::stop();
  Base base;
  EXPECT_EQ(fake::loop_activities(), 1);
  base.turn();
  EXPECT_EQ(fake::loop_activities(), 2);
}

TEST(BaseTable, GivesEveryBaseItsNumberUntilItIsFull) {
  Recording recording;
  static char addresses[loopscope::libevent::kMaxBases + 1][16];
  std::set<loopscope_loop> numbers;
  for (const auto& address : addresses) {
    numbers.insert(loopscope::libevent::loop_number(reinterpret_cast<const event_base*>(&address)));
  }
  EXPECT_EQ(numbers.size(), sizeof addresses / sizeof *addresses) << "the last one's is 0";
  EXPECT_TRUE(numbers.count(0));
  for (const auto& address : addresses) {
    loopscope::libevent::forget_base(reinterpret_cast<const event_base*>(&address));
  }
  EXPECT_NE(loopscope::libevent::loop_number(reinterpret_cast<const event_base*>(&addresses[0])), 0u);
}

}  // namespace
