// Timers: once, repeating, deleted, begun anew, left behind.
#include "tests/agent/libevent/base.h"

namespace {

constexpr int kTimers = 23;

TEST(EvTimer, IsCreatedRunAndFinishedOnce) {
  Recording recording;
  Base base;
  int fired = 0;
  event timers[kTimers];
  const timeval soon = milliseconds(1);
  for (event& timer : timers) {
    evtimer_assign(&timer, base, count, &fired);
    evtimer_add(&timer, &soon);
  }
  base.run();
  EXPECT_EQ(fired, kTimers);
  EXPECT_EQ(recording.created("evtimer"), kTimers);
  EXPECT_EQ(recording.spans("evtimer"), kTimers);
  EXPECT_EQ(recording.finished("evtimer", LOOPSCOPE_OUTCOME_OK), kTimers);
  EXPECT_TRUE(recording.pending().empty());
  recording.expect_consistent();
}

TEST(EvTimer, SaysWhenItIsDueAndWhoCreatedIt) {
  Recording recording;
  Base base;
  int fired = 0;
  event timer;
  evtimer_assign(&timer, base, count, &fired);
  const timeval soon{0, 7000};
  evtimer_add(&timer, &soon);
  EXPECT_EQ(recording.first(fake::What::due, "evtimer").code, 7'000'000);
  const auto created = recording.first(fake::What::created, "evtimer");
  EXPECT_EQ(created.flags, LOOPSCOPE_SITE_STACK);
  EXPECT_EQ(created.parent, 0u);
  base.run();
  EXPECT_EQ(recording.story("evtimer"), "created due begin end finished");
}

TEST(EvTimer, HasTheRunningTaskAsItsParent) {
  Recording recording;
  Base base;
  static event inner;
  event outer;
  evtimer_assign(
      &inner, base, [](evutil_socket_t, short, void*) {}, nullptr);
  evtimer_assign(
      &outer, base,
      [](evutil_socket_t, short, void*) {
        const timeval soon = milliseconds(1);
        evtimer_add(&inner, &soon);
      },
      nullptr);
  const timeval soon = milliseconds(1);
  evtimer_add(&outer, &soon);
  base.run();
  const auto events = fake::events();
  std::vector<fake::Event> created;
  for (const auto& event : events) {
    if (event.what == fake::What::created) created.push_back(event);
  }
  ASSERT_EQ(created.size(), 2u);
  EXPECT_EQ(created[1].parent, created[0].id);
}

TEST(EvTimer, ThatRepeatsIsOneSubscriptionWhichSaysEachTimeWhenItIsDueNext) {
  Recording recording;
  Base base;
  struct Repeating {
    event timer;
    int fired;
  } repeating{};
  event_assign(
      &repeating.timer, base, -1, EV_PERSIST,
      [](evutil_socket_t, short, void* argument) {
        auto* self = static_cast<Repeating*>(argument);
        if (++self->fired == 5) event_del(&self->timer);
      },
      &repeating);
  const timeval period = milliseconds(3);
  event_add(&repeating.timer, &period);
  base.run();
  EXPECT_EQ(repeating.fired, 5);
  EXPECT_EQ(recording.created("evtimer"), 1);
  EXPECT_EQ(recording.spans("evtimer"), 5);
  EXPECT_TRUE(recording.first(fake::What::created, "evtimer").flags & LOOPSCOPE_SITE_SUBSCRIPTION);
  EXPECT_EQ(recording.count(fake::What::due, "evtimer"), 1 + 5);
  EXPECT_EQ(recording.finished("evtimer", LOOPSCOPE_OUTCOME_OK), 1) << "deleted in its own callback";
  recording.expect_consistent();
}

TEST(EvTimer, DeletedBeforeItFiresIsCancelled) {
  Recording recording;
  Base base;
  int fired = 0;
  event* timer = evtimer_new(base, count, &fired);
  evtimer_add(timer, &kAnHour);
  evtimer_del(timer);
  evtimer_del(timer);
  event_free(timer);
  EXPECT_EQ(recording.story("evtimer"), "created due finished");
  EXPECT_EQ(recording.finished("evtimer", LOOPSCOPE_OUTCOME_CANCELLED), 1);
}

TEST(EvTimer, AddedAgainBeforeItFiresBeginsAnew) {
  Recording recording;
  Base base;
  int fired = 0;
  event timer;
  evtimer_assign(&timer, base, count, &fired);
  evtimer_add(&timer, &kAnHour);
  const timeval soon = milliseconds(1);
  evtimer_add(&timer, &soon);
  base.run();
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(recording.created("evtimer"), 2);
  EXPECT_EQ(recording.finished("evtimer", LOOPSCOPE_OUTCOME_CANCELLED), 1);
  EXPECT_EQ(recording.finished("evtimer", LOOPSCOPE_OUTCOME_OK), 1);
  recording.expect_consistent();
}

TEST(EvTimer, AddedAgainInItsOwnCallbackIsANewTaskEachTime) {
  Recording recording;
  Base base;
  struct Chain {
    event timer;
    int left;
  } chain{};
  chain.left = 7;
  evtimer_assign(
      &chain.timer, base,
      [](evutil_socket_t, short, void* argument) {
        auto* self = static_cast<Chain*>(argument);
        const timeval soon = milliseconds(1);
        if (--self->left > 0) evtimer_add(&self->timer, &soon);
      },
      &chain);
  const timeval soon = milliseconds(1);
  evtimer_add(&chain.timer, &soon);
  base.run();
  EXPECT_EQ(recording.created("evtimer"), 7);
  EXPECT_EQ(recording.spans("evtimer"), 7);
  EXPECT_EQ(recording.finished("evtimer", LOOPSCOPE_OUTCOME_OK), 7);
  recording.expect_consistent();
}

TEST(EvTimer, ThatLosesItsTimeoutIsCancelled) {
  Recording recording;
  Base base;
  int fired = 0;
  event timer;
  evtimer_assign(&timer, base, count, &fired);
  evtimer_add(&timer, &kAnHour);
  event_remove_timer(&timer);
  EXPECT_EQ(recording.finished("evtimer", LOOPSCOPE_OUTCOME_CANCELLED), 1);
  base.run();
  EXPECT_EQ(fired, 0);
}

TEST(EvTimer, LeftBehindInABaseThatIsFreedIsAbandoned) {
  Recording recording;
  Base base;
  int fired = 0;
  event timers[kTimers];
  event repeating;
  for (event& timer : timers) {
    evtimer_assign(&timer, base, count, &fired);
    evtimer_add(&timer, &kAnHour);
  }
  event_assign(&repeating, base, -1, EV_PERSIST, count, &fired);
  event_add(&repeating, &kAnHour);
  base.turn();
  EXPECT_EQ(recording.pending(), std::vector<std::string>(kTimers + 1, "evtimer"));
  base.free();
  EXPECT_TRUE(recording.pending().empty());
  EXPECT_EQ(recording.finished("evtimer", LOOPSCOPE_OUTCOME_ABANDONED), kTimers);
  EXPECT_EQ(recording.finished("evtimer", LOOPSCOPE_OUTCOME_OK), 1) << "a subscription";
  EXPECT_EQ(recording.count(fake::What::loop_closed, "loop"), 1);
}

TEST(EvTimer, OfACommonTimeoutIsDueWhenThatIs) {
  Recording recording;
  Base base;
  int fired = 0;
  const timeval duration = milliseconds(11);
  const timeval* common = event_base_init_common_timeout(base, &duration);
  ASSERT_NE(common, nullptr);
  event timers[5];
  for (event& timer : timers) {
    evtimer_assign(&timer, base, count, &fired);
    evtimer_add(&timer, common);
  }
  base.run();
  EXPECT_EQ(fired, 5);
  EXPECT_EQ(recording.first(fake::What::due, "evtimer").code, 11'000'000);
  EXPECT_EQ(recording.finished("evtimer", LOOPSCOPE_OUTCOME_OK), 5);
  recording.expect_consistent();
}

TEST(EventBaseOnce, IsATaskWhetherItHasToWaitOrNot) {
  Recording recording;
  Base base;
  int fired = 0;
  const timeval soon = milliseconds(1);
  event_base_once(base, -1, EV_TIMEOUT, count, &fired, &soon);
  event_base_once(base, -1, EV_TIMEOUT, count, &fired, nullptr);
  base.run();
  EXPECT_EQ(fired, 2);
  EXPECT_EQ(recording.created("event_base_once"), 2);
  EXPECT_EQ(recording.spans("event_base_once"), 2);
  EXPECT_EQ(recording.finished("event_base_once", LOOPSCOPE_OUTCOME_OK), 2);
  recording.expect_consistent();
}

}  // namespace
