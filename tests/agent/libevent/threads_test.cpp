// Two threads at one base: whatever one does to an event while the loop is about to call back, each callback gets its own
// argument, and each event comes back as the user made it.
#include <event2/thread.h>
#include <pthread.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/agent/libevent/base.h"

namespace {

struct Watched {
  event ev;
  std::atomic<int> called;
};

std::atomic<int> strangers;

void called_back(evutil_socket_t, short, void* argument) {
  auto* self = static_cast<Watched*>(argument);
  if (event_get_callback_arg(&self->ev) != self) ++strangers;
  ++self->called;
}

struct Running {
  Running() {
    evthread_use_pthreads();
    base = event_base_new();
    thread = std::thread([this] { event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY); });
  }
  ~Running() {
    event_base_loopexit(base, nullptr);
    thread.join();
    event_base_free(base);
  }
  event_base* base;
  std::thread thread;
};

// Until the loop has called it back: so that it has a turn, however busy the machine.
void run_once(Watched& watched) {
  const int before = watched.called;
  event_active(&watched.ev, EV_READ, 1);
  while (watched.called == before) std::this_thread::yield();
}

constexpr int kRounds = 20'011;

TEST(Threads, EventsActivatedAndDeletedFromElsewhereComeBackAsTheyWere) {
  Recording recording;
  strangers = 0;
  std::vector<Watched> all(7);
  {
    Running running;
    for (auto& watched : all) {
      const bool persists = (&watched - all.data()) % 2 != 0;
      event_assign(&watched.ev, running.base, -1, persists ? EV_PERSIST : 0, called_back, &watched);
    }
    for (int round = 0; round < kRounds; ++round) {
      Watched& watched = all[static_cast<size_t>(round) % all.size()];
      switch (round % 5) {
        case 0: event_add(&watched.ev, &kAnHour); break;
        case 1: event_del_noblock(&watched.ev); break;
        case 2: event_del(&watched.ev); break;
        default: event_active(&watched.ev, EV_READ, 1); break;
      }
      if (round % 101 == 0) run_once(watched);
    }
    for (auto& watched : all) event_del(&watched.ev);
  }
  EXPECT_EQ(strangers, 0);
  int called = 0;
  for (auto& watched : all) {
    called += watched.called;
    EXPECT_EQ(event_get_callback(&watched.ev), called_back);
    EXPECT_EQ(event_get_callback_arg(&watched.ev), &watched);
  }
  EXPECT_GE(called, kRounds / 101);
  EXPECT_EQ(recording.count(fake::What::span_begin, "event_active") + recording.spans("evtimer"),
            recording.count(fake::What::span_end, "event_active") +
                recording.count(fake::What::span_end, "evtimer"));
}

TEST(Threads, OneShotsAddedFromElsewhereRunOnceEach) {
  Recording recording;
  strangers = 0;
  std::vector<Watched> all(997);
  {
    Running running;
    const timeval now{};
    for (auto& watched : all) {
      evtimer_assign(&watched.ev, running.base, called_back, &watched);
      evtimer_add(&watched.ev, &now);
    }
    for (auto& watched : all) {
      while (watched.called == 0) std::this_thread::yield();
    }
  }
  EXPECT_EQ(strangers, 0);
  for (auto& watched : all) EXPECT_EQ(watched.called, 1);
  EXPECT_EQ(recording.created("evtimer"), 997);
  EXPECT_EQ(recording.finished("evtimer", LOOPSCOPE_OUTCOME_OK), 997);
  recording.expect_consistent();
}

// Finalized while its callback may be about to run: the finalizer's argument is the user's.
TEST(Threads, EventsFinalizedFromElsewhereGetTheirOwnArgument) {
  Recording recording;
  static std::atomic<int> finalized;
  finalized = 0;
  strangers = 0;
  std::vector<Watched> all(997);
  {
    Running running;
    for (auto& watched : all) {
      event_assign(&watched.ev, running.base, -1, EV_PERSIST | EV_FINALIZE, called_back, &watched);
      event_active(&watched.ev, EV_READ, 1);
      event_finalize(0, &watched.ev, [](event* ev, void* argument) {
        if (&static_cast<Watched*>(argument)->ev != ev) ++strangers;
        ++finalized;
      });
    }
    while (finalized != 997) std::this_thread::yield();
  }
  EXPECT_EQ(strangers, 0);
}

}  // namespace
