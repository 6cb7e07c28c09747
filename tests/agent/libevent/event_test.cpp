// Events of descriptors and signals, and such that are only made active: their tasks, and what the program sees of its own
// events meanwhile.
#include <event2/bufferevent.h>
#include <event2/event_compat.h>
#include <signal.h>

#include <cstring>

#include "tests/agent/libevent/base.h"

namespace {

TEST(Event, ThatIsReadyRunsAndIsFinished) {
  Recording recording;
  Base base;
  Readable readable;
  int fired = 0;
  event* ev = event_new(base, readable, EV_READ, count, &fired);
  event_add(ev, nullptr);
  base.run();
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(recording.story("event"), "created ready begin end finished");
  event_free(ev);
  recording.expect_consistent();
}

TEST(Event, ThatPersistsIsASubscriptionUntilItIsDeleted) {
  Recording recording;
  Base base;
  Readable readable;
  int fired = 0;
  event* ev = event_new(base, readable, EV_READ | EV_PERSIST, count, &fired);
  event_add(ev, nullptr);
  for (int i = 0; i < 7; ++i) base.turn();
  EXPECT_EQ(fired, 7);
  EXPECT_EQ(recording.spans("event"), 7);
  EXPECT_EQ(recording.count(fake::What::ready, "event"), 7);
  EXPECT_TRUE(recording.first(fake::What::created, "event").flags & LOOPSCOPE_SITE_SUBSCRIPTION);
  event_free(ev);
  EXPECT_EQ(recording.finished("event", LOOPSCOPE_OUTCOME_OK), 1);
  recording.expect_consistent();
}

TEST(Event, WhoseDescriptorIsNeverReadyHasTimedOut) {
  Recording recording;
  Base base;
  Readable readable;
  readable.take();
  int fired = 0;
  event ev;
  event_assign(&ev, base, readable, EV_READ, count, &fired);
  const timeval soon = milliseconds(3);
  event_add(&ev, &soon);
  base.run();
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(recording.finished("event", LOOPSCOPE_OUTCOME_ERROR), 1);
  EXPECT_EQ(recording.first(fake::What::finished, "event").code, ETIMEDOUT);
}

TEST(Event, AddedAgainWithAnotherTimeoutIsTheSameTask) {
  Recording recording;
  Base base;
  Readable readable;
  int fired = 0;
  event ev;
  event_assign(&ev, base, readable, EV_READ, count, &fired);
  event_add(&ev, &kAnHour);
  event_add(&ev, &kAnHour);
  base.run();
  EXPECT_EQ(recording.story("event"), "created ready begin end finished");
}

TEST(Event, MayBeFreedInItsCallback) {
  Recording recording;
  Base base;
  Readable readable;
  for (const short persists : {short{0}, short{EV_PERSIST}}) {
    for (int i = 0; i < 11; ++i) {
      event* ev = event_new(
          base, readable, static_cast<short>(EV_READ | persists),
          [](evutil_socket_t, short, void* self) { event_free(static_cast<event*>(self)); },
          event_self_cbarg());
      event_add(ev, nullptr);
      base.run();
    }
  }
  EXPECT_EQ(recording.spans("event"), 22);
  EXPECT_EQ(recording.finished("event", LOOPSCOPE_OUTCOME_OK), 22);
  recording.expect_consistent();
}

// What a server does with the event of a connection, in place, at each change of state.
TEST(Event, MaySetAgainAndAgainInTheSameMemory) {
  Recording recording;
  Base base;
  Readable readable;
  int fired[2] = {};
  event ev;
  memset(&ev, 0xa5, sizeof ev);
  for (int i = 0; i < 101; ++i) {
    const bool writes = i % 2 != 0;
    event_set(&ev, readable, static_cast<short>((writes ? EV_WRITE : EV_READ) | EV_PERSIST), count,
              &fired[writes]);
    event_base_set(base, &ev);
    EXPECT_EQ(event_add(&ev, nullptr), 0);
    base.turn();
    EXPECT_EQ(event_del(&ev), 0);
  }
  EXPECT_EQ(fired[0], 51);
  EXPECT_EQ(fired[1], 50);
  EXPECT_EQ(recording.created("event"), 101);
  EXPECT_EQ(recording.spans("event"), 101);
  EXPECT_EQ(recording.finished("event", LOOPSCOPE_OUTCOME_OK), 101);
  recording.expect_consistent();
}

TEST(Event, ShowsWhatTheUserPutIntoIt) {
  Recording recording;
  Base base;
  Readable readable;
  int fired = 0;
  event* ev = event_new(base, readable, EV_READ, count, &fired);
  for (const bool pending : {false, true, false}) {
    if (pending) {
      event_add(ev, nullptr);
    } else {
      event_del(ev);
      EXPECT_EQ(ev->ev_evcallback.evcb_cb_union.evcb_callback, count) << "of its own again";
      EXPECT_EQ(ev->ev_evcallback.evcb_arg, &fired);
    }
    EXPECT_EQ(event_get_callback(ev), count);
    EXPECT_EQ(event_get_callback_arg(ev), &fired);
    event_base* its_base;
    evutil_socket_t descriptor;
    short events;
    event_callback_fn callback;
    void* argument;
    event_get_assignment(ev, &its_base, &descriptor, &events, &callback, &argument);
    EXPECT_EQ(its_base, static_cast<event_base*>(base));
    EXPECT_EQ(descriptor, static_cast<evutil_socket_t>(readable));
    EXPECT_EQ(events, EV_READ);
    EXPECT_EQ(callback, count);
    EXPECT_EQ(argument, &fired);
    event_get_assignment(ev, nullptr, nullptr, nullptr, nullptr, nullptr);
  }
  event_add(ev, nullptr);
  const event copy = *ev;
  EXPECT_EQ(event_get_callback(&copy), count);
  EXPECT_EQ(event_get_callback_arg(&copy), &fired);
  event_base_foreach_event(
      base,
      [](const event_base*, const event* each, void* own) {
        EXPECT_TRUE(each != own || event_get_callback(each) == count);
        return 0;
      },
      ev);
  event_free(ev);
}

TEST(Event, IsItsOwnAgainInsideOfItsLastCallback) {
  Recording recording;
  Base base;
  event timer;
  static int same;
  same = 0;
  event_assign(
      &timer, base, -1, 0,
      [](evutil_socket_t, short, void* argument) {
        const auto* self = static_cast<const event*>(argument);
        same += self->ev_evcallback.evcb_arg == argument;
        same += event_get_callback_arg(self) == argument;
      },
      event_self_cbarg());
  const timeval now{};
  event_add(&timer, &now);
  base.run();
  EXPECT_EQ(same, 2);
}

TEST(Event, ThatCannotBeAddedIsNoTask) {
  Recording recording;
  Base base;
  int fired = 0;
  event ev;
  event_assign(&ev, base, 1'000'003, EV_READ, count, &fired);
  EXPECT_EQ(event_add(&ev, nullptr), -1);
  EXPECT_EQ(recording.created("event"), 0);
  EXPECT_EQ(ev.ev_evcallback.evcb_arg, &fired);
}

TEST(Event, ThatIsNotAddedIsATaskFromWhenItIsMadeActive) {
  Recording recording;
  Base base;
  int fired = 0;
  event once;
  event again;
  event_assign(&once, base, -1, 0, count, &fired);
  event_assign(&again, base, -1, EV_PERSIST, count, &fired);
  event_active(&once, EV_READ, 1);
  event_active(&once, EV_READ, 1);
  event_active(&again, EV_WRITE, 1);
  base.turn();
  EXPECT_EQ(fired, 2);
  event_active(&again, EV_WRITE, 1);
  base.turn();
  EXPECT_EQ(fired, 3);
  EXPECT_EQ(recording.created("event_active"), 3);
  EXPECT_EQ(recording.spans("event_active"), 3);
  EXPECT_EQ(recording.finished("event_active", LOOPSCOPE_OUTCOME_OK), 3);
  EXPECT_EQ(recording.count(fake::What::ready, "event_active"), 3);
  recording.expect_consistent();
}

TEST(Event, MadeActiveAndDeletedBeforeItRunsIsCancelled) {
  Recording recording;
  Base base;
  int fired = 0;
  event ev;
  event_assign(&ev, base, -1, 0, count, &fired);
  event_active(&ev, EV_READ, 1);
  event_del(&ev);
  base.turn();
  EXPECT_EQ(fired, 0);
  EXPECT_EQ(recording.finished("event_active", LOOPSCOPE_OUTCOME_CANCELLED), 1);
  EXPECT_EQ(ev.ev_evcallback.evcb_arg, &fired);
}

TEST(Event, ThatIsReadyAndDueAtOnceIsCalledOnce) {
  Recording recording;
  Base base;
  Readable readable;
  int fired = 0;
  event ev;
  event_assign(&ev, base, readable, EV_READ, count, &fired);
  const timeval now{};
  event_add(&ev, &now);
  base.run();
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(recording.spans("event"), 1);
  EXPECT_TRUE(recording.pending().empty());
  EXPECT_EQ(ev.ev_evcallback.evcb_arg, &fired);
  recording.expect_consistent();
}

TEST(Event, OfLowerPriorityWaitsItsTurnAndIsStillItsTask) {
  Recording recording;
  Base base;
  event_base_priority_init(base, 3);
  int fired = 0;
  event events[3];
  for (int i = 0; i < 3; ++i) {
    event_assign(&events[i], base, -1, 0, count, &fired);
    event_priority_set(&events[i], 2 - i);
    event_active(&events[i], EV_READ, 1);
  }
  base.turn();
  base.run();
  EXPECT_EQ(fired, 3);
  EXPECT_EQ(recording.finished("event_active", LOOPSCOPE_OUTCOME_OK), 3);
}

TEST(Event, HasItsArgumentInItsFinalizer) {
  Recording recording;
  Base base;
  Readable readable;
  int fired = 0;
  static void* seen;
  seen = nullptr;
  event* ev = event_new(base, readable, EV_READ | EV_PERSIST | EV_FINALIZE, count, &fired);
  event_add(ev, nullptr);
  EXPECT_EQ(event_free_finalize(0, ev, [](event*, void* argument) { seen = argument; }), 0);
  base.turn();
  EXPECT_EQ(seen, &fired);
  EXPECT_EQ(recording.finished("event", LOOPSCOPE_OUTCOME_OK), 1);
  EXPECT_EQ(recording.created("event_active"), 0) << "a finalizer is no task";
}

TEST(Event, DeletedAtOnceIsItsOwnAgain) {
  Recording recording;
  Base base;
  int fired = 0;
  event ev;
  evtimer_assign(&ev, base, count, &fired);
  event_add(&ev, &kAnHour);
  event_del_noblock(&ev);
  EXPECT_EQ(ev.ev_evcallback.evcb_arg, &fired);
  EXPECT_EQ(recording.finished("evtimer", LOOPSCOPE_OUTCOME_CANCELLED), 1);
}

TEST(Event, AddedWhileNothingIsRecordedIsLeftAlone) {
  fake::stop();
  Base base;
  int fired = 0;
  event ev;
  evtimer_assign(&ev, base, count, &fired);
  const timeval now{};
  event_add(&ev, &now);
  EXPECT_EQ(ev.ev_evcallback.evcb_arg, &fired);
  Recording recording;
  base.run();
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(recording.created("evtimer") + recording.spans("evtimer"), 0);
}

// As in a child that was forked with it pending: its recording has another number.
TEST(Event, PendingFromAnEarlierRecordingBeginsItsTaskInThisOne) {
  Recording recording;
  Base base;
  Readable readable;
  int fired = 0;
  event ev;
  event_assign(&ev, base, readable, EV_READ | EV_PERSIST, count, &fired);
  event_add(&ev, nullptr);
  base.turn();
  loopscope_recording_flag[0] = 2;
  base.turn();
  base.turn();
  EXPECT_EQ(fired, 3);
  EXPECT_EQ(recording.created("event"), 2);
  EXPECT_EQ(recording.spans("event"), 3);
  event_del(&ev);
  EXPECT_EQ(recording.finished("event"), 1) << "the first one is not this recording's to finish";
}

TEST(EvSignal, IsASubscriptionThatRunsAsOftenAsTheSignalCame) {
  Recording recording;
  Base base;
  int fired = 0;
  event* ev = evsignal_new(base, SIGUSR1, count, &fired);
  evsignal_add(ev, nullptr);
  for (int i = 0; i < 3; ++i) raise(SIGUSR1);
  base.turn();
  base.turn();
  EXPECT_EQ(fired, 3);
  EXPECT_EQ(recording.created("evsignal"), 1);
  EXPECT_EQ(recording.spans("evsignal"), 3);
  event_free(ev);
  EXPECT_EQ(recording.finished("evsignal", LOOPSCOPE_OUTCOME_OK), 1);
  EXPECT_TRUE(recording.pending().empty());
  recording.expect_consistent();
}

TEST(EvSignal, DeletedInItsCallbackDoesNotComeAgain) {
  Recording recording;
  Base base;
  static event ev;
  static int fired;
  fired = 0;
  evsignal_assign(
      &ev, base, SIGUSR1,
      [](evutil_socket_t, short, void*) {
        ++fired;
        event_del(&ev);
      },
      nullptr);
  evsignal_add(&ev, nullptr);
  for (int i = 0; i < 3; ++i) raise(SIGUSR1);
  base.turn();
  base.turn();
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(recording.finished("evsignal", LOOPSCOPE_OUTCOME_OK), 1);
  recording.expect_consistent();
}

TEST(Bufferevent, HasATaskForEachDirection) {
  Recording recording;
  Base base;
  Readable readable;
  static int read;
  read = 0;
  bufferevent* bev = bufferevent_socket_new(base, readable, 0);
  bufferevent_setcb(
      bev, [](bufferevent*, void*) { ++read; }, nullptr, nullptr, nullptr);
  bufferevent_enable(bev, EV_READ | EV_WRITE);
  bufferevent_write(bev, "pong", 4);
  base.turn();
  EXPECT_EQ(read, 1);
  EXPECT_EQ(recording.spans("bufferevent_read"), 1);
  EXPECT_EQ(recording.spans("bufferevent_write"), 1);
  bufferevent_free(bev);
  base.turn();
  EXPECT_EQ(recording.finished("bufferevent_read", LOOPSCOPE_OUTCOME_OK),
            recording.created("bufferevent_read"));
  EXPECT_TRUE(recording.pending().empty());
  recording.expect_consistent();
}

// The bufferevent frees itself: its events are finalized in the middle of one's callback.
TEST(Bufferevent, MayBeFreedInItsOwnCallback) {
  Recording recording;
  Base base;
  for (const int options : {0, int{BEV_OPT_DEFER_CALLBACKS}}) {
    Readable readable;
    static int freed;
    freed = 0;
    bufferevent* bev = bufferevent_socket_new(base, readable, options);
    bufferevent_setcb(
        bev,
        [](bufferevent* self, void*) {
          ++freed;
          bufferevent_free(self);
        },
        nullptr, nullptr, nullptr);
    bufferevent_enable(bev, EV_READ);
    base.run();
    EXPECT_EQ(freed, 1);
  }
  EXPECT_TRUE(recording.pending().empty());
  recording.expect_consistent();
}

}  // namespace
