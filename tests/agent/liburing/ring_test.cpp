// Submissions become tasks, completions end them: each as often as it was, whatever the ring looks like.
#include "agent/adapters/liburing/ring.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <thread>

#include "tests/agent/liburing/memory_ring.h"
#include "tests/agent/recording.h"

namespace {

using namespace loopscope::liburing;
using fake::What;

// A ring and what is known of it.
class Rings {
 public:
  explicit Rings(unsigned entries = 16, unsigned flags = 0, unsigned first = 0, uint32_t capacity = 4096)
      : memory_(entries, flags, first) {
    define_sites();
    bytes_.reset(new std::max_align_t[InFlight::bytes_for(capacity, 1024) / sizeof(std::max_align_t) + 1]());
    state_.in_flight.use(bytes_.get(), capacity, 1024);
    begin(state_, memory_.ring);
  }
  MemoryRing* operator->() { return &memory_; }
  Ring& state() { return state_; }
  void look() { look_at_completions(state_, nullptr); }
  void submit() {
    look();
    look_at_submissions(state_, memory_.ring, this);
    memory_.submit();
  }
  void submit(unsigned operation, uint64_t user_data, unsigned flags = 0) {
    memory_.prepare(operation, user_data, flags);
    submit();
  }
  void complete(uint64_t user_data, int result = 0, unsigned flags = 0) {
    memory_.complete(user_data, result, flags);
    look();
    memory_.consume_all();
  }

 private:
  MemoryRing memory_;
  std::unique_ptr<std::max_align_t[]> bytes_;
  Ring state_{};
};

constexpr unsigned kLink = IOSQE_IO_LINK, kSilent = IOSQE_CQE_SKIP_SUCCESS;

TEST(UringRing, MakesATaskOfEachOperationAndEndsItWithItsCompletion) {
  const Recording recording;
  Rings ring(256);
  for (uint64_t i = 0; i < 131; ++i) ring->prepare(IORING_OP_READ, 1000 + i);
  ring.submit();
  EXPECT_EQ(recording.created("io_uring_read"), 131);
  EXPECT_EQ(recording.first(What::created, "io_uring_read").return_address, &ring);
  for (uint64_t i = 131; i-- > 8;) ring->complete(1000 + i, 512);
  ring.look();
  EXPECT_EQ(recording.finished("io_uring_read", LOOPSCOPE_OUTCOME_OK), 123);
  EXPECT_EQ(recording.pending().size(), 8u);
  recording.expect_consistent();
}

TEST(UringRing, FindsEntriesOfTwiceTheSize) {
  for (const unsigned flags :
       {IORING_SETUP_SQE128, IORING_SETUP_CQE32, IORING_SETUP_SQE128 | IORING_SETUP_CQE32}) {
    const Recording recording;
    Rings ring(8, flags);
    for (uint64_t i = 0; i < 23; ++i) {
      ring.submit(IORING_OP_WRITE, i);
      ring.complete(i, i % 2 == 0 ? 1 : -EIO);
    }
    EXPECT_EQ(recording.finished("io_uring_write", LOOPSCOPE_OUTCOME_OK), 12);
    EXPECT_EQ(recording.finished("io_uring_write", LOOPSCOPE_OUTCOME_ERROR), 11);
  }
}

TEST(UringRing, CountsOnWhereCountersBeginAnew) {
  const Recording recording;
  Rings ring(16, 0, UINT32_MAX - 20);
  for (uint64_t i = 0; i < 61; ++i) {
    ring.submit(IORING_OP_NOP, i % 7);
    ring.complete(i % 7);
  }
  EXPECT_EQ(recording.created("io_uring_nop"), 61);
  EXPECT_EQ(recording.finished("io_uring_nop"), 61);
}

TEST(UringRing, OfASetupThatNobodyKnowsIsLeftAlone) {
  EXPECT_TRUE(is_known(MemoryRing(4, IORING_SETUP_SQPOLL | IORING_SETUP_DEFER_TASKRUN).ring));
  // Where entries of both sizes are mixed.
  EXPECT_FALSE(is_known(MemoryRing(4, 1u << 18).ring));
  EXPECT_FALSE(is_known(MemoryRing(4, 1u << 19).ring));
}

TEST(UringRing, SaysHowAnOperationEnded) {
  const Recording recording;
  Rings ring;
  ring.submit(IORING_OP_READ, 1);
  ring.complete(1, -EBADF);
  const fake::Event failed = recording.first(What::finished, "io_uring_read");
  EXPECT_EQ(failed.outcome, LOOPSCOPE_OUTCOME_ERROR);
  EXPECT_EQ(failed.code, EBADF);
  EXPECT_EQ(failed.text, "EBADF");
  ring.submit(IORING_OP_RECV, 2);
  ring.complete(2, -ECANCELED);
  EXPECT_EQ(recording.finished("io_uring_recv", LOOPSCOPE_OUTCOME_CANCELLED), 1);
  // Time is what it waited for; a connection did not.
  ring.submit(IORING_OP_TIMEOUT, 3);
  ring.complete(3, -ETIME);
  EXPECT_EQ(recording.finished("io_uring_timeout", LOOPSCOPE_OUTCOME_OK), 1);
  ring.submit(IORING_OP_CONNECT, 4);
  ring.complete(4, -ETIME);
  EXPECT_EQ(recording.first(What::finished, "io_uring_connect").code, ETIME);
  // Of a later kernel, which may say anything.
  ring.submit(200, 5);
  ring.complete(5, -100000);
  EXPECT_EQ(recording.first(What::finished, "io_uring_op").code, 100000);
}

TEST(UringRing, EndsTheOldestOfThoseWithTheSameUserData) {
  const Recording recording;
  Rings ring;
  for (unsigned i = 0; i < 13; ++i) ring->prepare(IORING_OP_RECV, 0);
  ring.submit();
  for (unsigned i = 0; i < 11; ++i) ring.complete(0, 1);
  EXPECT_EQ(recording.finished("io_uring_recv"), 11);
  uint64_t last = 0;
  for (const fake::Event& event : fake::events()) {
    if (event.what != What::finished) continue;
    EXPECT_GT(event.id, last);
    last = event.id;
  }
  ring.submit(IORING_OP_RECV, 0);
  for (unsigned i = 0; i < 3; ++i) ring.complete(0, 1);
  EXPECT_TRUE(recording.pending().empty());
  ring.complete(0, 1);
  recording.expect_consistent();
}

TEST(UringRing, DoesNotGuessWhichKindOfThoseWithTheSameUserDataIsLeft) {
  const Recording recording;
  Rings ring;
  ring.submit(IORING_OP_RECV, 0);
  ring.submit(IORING_OP_CLOSE, 0);
  ring.complete(0);
  EXPECT_EQ(recording.pending(), std::vector<std::string>{"io_uring_ambiguous"});
  ring.complete(0);
  EXPECT_TRUE(recording.pending().empty());
}

TEST(UringRing, EndsAnOperationWithItsLastCompletion) {
  const Recording recording;
  Rings ring;
  ring->prepare(IORING_OP_ACCEPT, 1).ioprio = IORING_ACCEPT_MULTISHOT;
  ring.submit();
  EXPECT_EQ(recording.first(What::created, "io_uring_accept").flags,
            LOOPSCOPE_SITE_STACK | LOOPSCOPE_SITE_SUBSCRIPTION);
  for (unsigned i = 0; i < 23; ++i) ring.complete(1, 7, IORING_CQE_F_MORE);
  EXPECT_EQ(recording.finished("io_uring_accept"), 0);
  ring.complete(1, -ECANCELED);
  EXPECT_EQ(recording.finished("io_uring_accept", LOOPSCOPE_OUTCOME_CANCELLED), 1);
  // The result comes with the first one, and that the buffer is free with the second.
  ring.submit(IORING_OP_SEND_ZC, 2);
  ring.complete(2, -EPIPE, IORING_CQE_F_MORE);
  ring.complete(2, 0, IORING_CQE_F_NOTIF);
  EXPECT_EQ(recording.first(What::finished, "io_uring_send_zc").code, EPIPE);
}

TEST(UringRing, MakesNoTaskOfWhatSaysNothingWhenItSucceeds) {
  const Recording recording;
  Rings ring;
  ring.submit(IORING_OP_CLOSE, 1, kSilent);
  ring.submit(IORING_OP_CLOSE, 2, kSilent);
  ring.complete(2, -EBADF);
  EXPECT_EQ(recording.created("io_uring_close"), 0);
  EXPECT_EQ(recording.finished("io_uring_close"), 0);
}

TEST(UringRing, KnowsThatTheRestOfAChainIsGivenUpWhenASilentOneFails) {
  const Recording recording;
  Rings ring;
  ring->prepare(IORING_OP_WRITE, 1, kSilent | kLink);
  ring->prepare(IORING_OP_WRITE, 2, kSilent | kLink);
  ring->prepare(IORING_OP_FSYNC, 3, kLink);
  ring->prepare(IORING_OP_CLOSE, 4);
  ring->prepare(IORING_OP_NOP, 5);
  ring.submit();
  ring.complete(2, -EIO);
  EXPECT_EQ(recording.finished("io_uring_fsync", LOOPSCOPE_OUTCOME_CANCELLED), 1);
  EXPECT_EQ(recording.finished("io_uring_close", LOOPSCOPE_OUTCOME_CANCELLED), 1);
  EXPECT_EQ(recording.pending(), std::vector<std::string>{"io_uring_nop"});
  EXPECT_EQ(recording.created("io_uring_write"), 0);
}

TEST(UringRing, KnowsThatSilentOnesHaveSucceededWhenOneBehindThemCompletes) {
  const Recording recording;
  Rings ring(16, 0, 0, 4096);
  for (uint64_t i = 0; i < 10'007; ++i) {  // more than there is room for
    ring->prepare(IORING_OP_WRITE, 1, kSilent | kLink);
    ring->prepare(IORING_OP_FSYNC, 1);
    ring.submit();
    ring.complete(1);
  }
  EXPECT_EQ(recording.finished("io_uring_fsync", LOOPSCOPE_OUTCOME_OK), 10'007);
  for (const fake::Event& event : fake::events()) ASSERT_EQ(event.text, "");
  ring.submit(IORING_OP_NOP, 7);
  ring.complete(1, -EIO);  // of none of those
  EXPECT_EQ(recording.pending(), std::vector<std::string>{"io_uring_nop"});
}

TEST(UringRing, WaitsForEachOfAChainThatATellingOneHasBroken) {
  const Recording recording;
  Rings ring;
  ring->prepare(IORING_OP_READ, 1, kLink);
  ring->prepare(IORING_OP_WRITE, 2, kSilent | kLink);
  ring->prepare(IORING_OP_FSYNC, 3);
  ring.submit();
  ring.complete(1, -EIO);
  ring.complete(2, -ECANCELED);
  EXPECT_EQ(recording.pending(), std::vector<std::string>{"io_uring_fsync"});
  ring.complete(3, -ECANCELED);
  EXPECT_TRUE(recording.pending().empty());
  // A read that was short breaks it without an error.
  ring->prepare(IORING_OP_READ, 1, kLink);
  ring->prepare(IORING_OP_WRITE, 2, kSilent | kLink);
  ring->prepare(IORING_OP_FSYNC, 3);
  ring.submit();
  ring.complete(1, 3);
  ring.complete(2, -ECANCELED);
  ring.complete(3, -ECANCELED);
  EXPECT_TRUE(recording.pending().empty());
  EXPECT_EQ(recording.finished("io_uring_fsync", LOOPSCOPE_OUTCOME_CANCELLED), 2);
  recording.expect_consistent();
}

TEST(UringRing, WaitsForTheTimeLimitOfASilentOne) {
  const Recording recording;
  Rings ring;
  ring->prepare(IORING_OP_READ, 1, kSilent | kLink);
  ring->prepare(IORING_OP_LINK_TIMEOUT, 2);
  ring.submit();
  ring.complete(1, -EIO);
  EXPECT_EQ(recording.pending(), std::vector<std::string>{"io_uring_link_timeout"});
  ring.complete(2, -ECANCELED);
  EXPECT_TRUE(recording.pending().empty());
}

TEST(UringRing, GoesOnBehindASilentOneThatIsLinkedHard) {
  const Recording recording;
  Rings ring;
  ring->prepare(IORING_OP_WRITE, 1, kSilent | IOSQE_IO_HARDLINK);
  ring->prepare(IORING_OP_FSYNC, 2);
  ring.submit();
  ring.complete(1, -EIO);
  EXPECT_EQ(recording.pending(), std::vector<std::string>{"io_uring_fsync"});
  ring.complete(2);
  EXPECT_EQ(recording.finished("io_uring_fsync", LOOPSCOPE_OUTCOME_OK), 1);
}

TEST(UringRing, SaysWhoseEndWasAskedFor) {
  const Recording recording;
  Rings ring;
  for (uint64_t i = 0; i < 7; ++i) ring->prepare(IORING_OP_RECV, i < 4 ? i : 100);
  ring->prepare(IORING_OP_POLL_ADD, 200);
  ring->prepare(IORING_OP_TIMEOUT, 300);
  ring.submit();
  const auto ask = [&](unsigned operation, uint64_t whom, unsigned flags, unsigned how = 0) {
    io_uring_sqe& entry = ring->prepare(operation, 1000, how);
    entry.addr = whom;
    entry.cancel_flags = flags;
    ring.submit();
    ring.complete(1000);
  };
  ask(IORING_OP_ASYNC_CANCEL, 2, 0);
  EXPECT_EQ(recording.count(What::cancel_requested, "io_uring_recv"), 1);
  ask(IORING_OP_ASYNC_CANCEL, 100, 0);
  EXPECT_EQ(recording.count(What::cancel_requested, "io_uring_recv"), 2);
  ask(IORING_OP_ASYNC_CANCEL, 100, IORING_ASYNC_CANCEL_ALL);
  EXPECT_EQ(recording.count(What::cancel_requested, "io_uring_recv"), 5);
  ask(IORING_OP_ASYNC_CANCEL, 100, IORING_ASYNC_CANCEL_FD);
  ask(IORING_OP_ASYNC_CANCEL, 12345, 0);
  EXPECT_EQ(recording.count(What::cancel_requested, "io_uring_recv"), 5);
  ask(IORING_OP_POLL_REMOVE, 200, 0);
  EXPECT_EQ(recording.count(What::cancel_requested, "io_uring_poll_add"), 1);
  ask(IORING_OP_TIMEOUT_REMOVE, 300, IORING_TIMEOUT_UPDATE);
  EXPECT_EQ(recording.count(What::cancel_requested, "io_uring_timeout"), 0);
  ask(IORING_OP_TIMEOUT_REMOVE, 300, 0);
  EXPECT_EQ(recording.count(What::cancel_requested, "io_uring_timeout"), 1);
  ask(IORING_OP_TIMEOUT_REMOVE, 300, 0, kSilent);
  EXPECT_EQ(recording.count(What::cancel_requested, "io_uring_timeout"), 2);
}

TEST(UringRing, LetsGoOfAPollThatGetsAnotherName) {
  const Recording recording;
  Rings ring;
  ring.submit(IORING_OP_POLL_ADD, 1);
  io_uring_sqe& entry = ring->prepare(IORING_OP_POLL_REMOVE, 2);
  entry.addr = 1;
  entry.off = 3;
  entry.len = IORING_POLL_UPDATE_USER_DATA;
  ring.submit();
  ring.complete(2);
  EXPECT_TRUE(recording.pending().empty());
  ring.complete(3);
  EXPECT_EQ(recording.first(What::finished, "io_uring_poll_add").text, "end not seen");
}

TEST(UringRing, DoesNotTakeLiburingsOwnTimeoutsForTheProgramsOnes) {
  const Recording recording;
  Rings ring;
  ring.submit(IORING_OP_TIMEOUT, LIBURING_UDATA_TIMEOUT);
  EXPECT_EQ(recording.created("io_uring_timeout"), 1);  // it is the program's, where liburing needs none
  ring->ring.features = 0;
  ring.submit(IORING_OP_TIMEOUT, LIBURING_UDATA_TIMEOUT);
  EXPECT_EQ(recording.created("io_uring_timeout"), 1);
}

TEST(UringRing, TellsOfASubmissionOnceThoughItsCallFailed) {
  const Recording recording;
  Rings ring;
  ring->prepare(IORING_OP_NOP, 1);
  look_at_submissions(ring.state(), ring->ring, nullptr);
  ring->prepare(IORING_OP_NOP, 2);
  look_at_submissions(ring.state(), ring->ring, nullptr);
  look_at_submissions(ring.state(), ring->ring, nullptr);
  EXPECT_EQ(recording.created("io_uring_nop"), 2);
  ring->submit();
  ring.submit(IORING_OP_NOP, 3);
  EXPECT_EQ(recording.created("io_uring_nop"), 3);
}

TEST(UringRing, KnowsNothingOfWhatItDidNotSee) {
  const Recording recording;
  Rings ring;
  for (uint64_t i = 0; i < 5; ++i) ring->prepare(IORING_OP_RECV, i);
  ring.submit();
  // A whole queue and more has gone by.
  for (unsigned i = 0; i < 2 * ring->capacity() + 1; ++i) {
    ring->complete(i % 3);
    ring->consume(1);
  }
  ring.look();
  EXPECT_TRUE(recording.pending().empty()) << "nobody knows that these are still pending";
  EXPECT_EQ(recording.finished("io_uring_recv", LOOPSCOPE_OUTCOME_OK), 5);
  EXPECT_EQ(recording.first(What::finished, "io_uring_recv").text, "end not seen");
  // What comes later is known again.
  ring.submit(IORING_OP_SEND, 100);
  EXPECT_EQ(recording.pending().size(), 1u);
  ring.complete(100);
  EXPECT_TRUE(recording.pending().empty());
}

TEST(UringRing, IsGivenUpWhenItsOperationsCannotBeToldApartAnyMore) {
  const Recording recording;
  Rings ring;
  for (uint64_t i = 0; i < 5; ++i) ring->prepare(IORING_OP_RECV, 0);
  ring.submit();
  for (unsigned i = 0; i < ring->capacity() + 1; ++i) {
    ring->complete(0);
    ring->consume(1);
  }
  ring.look();
  ring.submit(IORING_OP_RECV, 0);
  EXPECT_EQ(recording.created("io_uring_recv"), 5);
  EXPECT_TRUE(recording.pending().empty());
}

TEST(UringRing, DoesNotBelieveACompletionThatAnotherOneMayBeWrittenOver) {
  const Recording recording;
  Rings ring;
  for (uint64_t i = 0; i < 16; ++i) ring->prepare(IORING_OP_RECV, i);
  ring.submit();
  for (uint64_t i = 0; i < 16; ++i) ring->prepare(IORING_OP_RECV, 16 + i);
  ring.submit();
  for (uint64_t i = 0; i < 5; ++i) ring->prepare(IORING_OP_RECV, 32 + i);
  ring.submit();
  for (uint64_t i = 0; i < 32; ++i) ring->complete(i);
  ring->consume(32);
  ring.look();
  EXPECT_TRUE(recording.pending().empty());
  // As long as the program has not consumed them they are safe.
  for (uint64_t i = 0; i < 16; ++i) ring->prepare(IORING_OP_SEND, 100 + i);
  ring.submit();
  for (uint64_t i = 0; i < 16; ++i) ring->prepare(IORING_OP_SEND, 116 + i);
  ring.submit();
  for (uint64_t i = 0; i < 32; ++i) ring->complete(100 + i, -EPIPE);
  ring.look();
  EXPECT_EQ(recording.finished("io_uring_send", LOOPSCOPE_OUTCOME_ERROR), 32);
}

TEST(UringRing, HasNoTasksThatItHasNoRoomFor) {
  const Recording recording;
  Rings ring(64, 0, 0, 16);
  for (uint64_t i = 0; i < 61; ++i) ring.submit(IORING_OP_RECV, i);
  EXPECT_EQ(recording.pending().size(), 16u);
  for (uint64_t i = 0; i < 61; ++i) ring.complete(i);
  EXPECT_TRUE(recording.pending().empty());
  recording.expect_consistent();
}

TEST(UringRing, AbandonsWhatIsInFlightWhenItGoesAway) {
  const Recording recording;
  Rings ring;
  ring.submit(IORING_OP_RECV, 1);
  ring.submit(IORING_OP_READ, 2);
  ring->prepare(IORING_OP_POLL_ADD, 3).len = IORING_POLL_ADD_MULTI;
  ring.submit();
  ring->complete(2, 512);
  end(ring.state());
  EXPECT_EQ(recording.finished("io_uring_recv", LOOPSCOPE_OUTCOME_ABANDONED), 1);
  EXPECT_EQ(recording.finished("io_uring_read", LOOPSCOPE_OUTCOME_OK), 1);
  EXPECT_EQ(recording.finished("io_uring_poll_add", LOOPSCOPE_OUTCOME_OK), 1);
  ring->complete(1);
  ring.look();
  recording.expect_consistent();
}

// Programs drawn from seeds, of which all is known.
TEST(UringRing, CountsWhateverAProgramDoes) {
  for (unsigned seed = 1; seed <= 211; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto draw = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
    const Recording recording;
    const unsigned keys = 1 + draw(40);
    Rings ring(1u << (2 + draw(4)), draw(4) << 10, static_cast<unsigned>(random()));
    std::map<uint64_t, unsigned> in_flight;
    unsigned created = 0, finished = 0, failed = 0;
    for (unsigned step = 0; step < 200; ++step) {
      const unsigned most = ring->capacity() / 2;
      if (draw(2) == 0 && created - finished + most < ring->capacity()) {
        const unsigned count = 1 + draw(most);
        for (unsigned i = 0; i < count; ++i) {
          const uint64_t key = draw(keys);
          ring->prepare(draw(3) == 0 ? IORING_OP_SEND : IORING_OP_RECV, key);
          ++in_flight[key];
          ++created;
        }
        ring.submit();
      } else {
        for (unsigned i = draw(most + 1); i > 0 && !in_flight.empty() && ring->completions_held() < most;
             --i) {
          auto one = in_flight.begin();
          std::advance(one, draw(static_cast<unsigned>(in_flight.size())));
          const bool fails = draw(5) == 0;
          ring->complete(one->first, fails ? -EIO : 1);
          failed += fails;
          ++finished;
          if (--one->second == 0) in_flight.erase(one);
        }
        ring.look();
        ring->consume(draw(ring->completions_held() + 1));
      }
    }
    ring.look();
    unsigned told_created = 0, told_finished = 0, told_failed = 0;
    for (const fake::Event& event : fake::events()) {
      told_created += event.what == What::created;
      told_finished += event.what == What::finished;
      told_failed += event.what == What::finished && event.outcome == LOOPSCOPE_OUTCOME_ERROR;
    }
    ASSERT_EQ(told_created, created);
    ASSERT_EQ(told_finished, finished);
    ASSERT_EQ(told_failed, failed);
    ASSERT_EQ(ring.state().in_flight.size(), created - finished);
    recording.expect_consistent();
  }
}

// One submits, and is the kernel too; another one takes what completes. Both look whenever they call liburing.
TEST(UringRing, CountsWhatTwoThreadsDo) {
  const Recording recording;
  constexpr unsigned kOperations = 10'007;
  Rings ring(64);
  std::thread other([&] {
    for (unsigned taken = 0; taken < kOperations;) {
      const unsigned held = ring->completions_held();
      ring.look();
      ring->consume(held);
      taken += held;
      if (held == 0) std::this_thread::yield();
    }
  });
  for (unsigned i = 0; i < kOperations; ++i) {
    while (ring->completions_held() >= 32) std::this_thread::yield();
    ring.submit(IORING_OP_NOP, i % 97);
    ring->complete(i % 97);
  }
  other.join();
  ring.look();
  EXPECT_EQ(recording.created("io_uring_nop"), recording.finished("io_uring_nop"));
  EXPECT_EQ(recording.created("io_uring_nop"), kOperations);
  EXPECT_TRUE(recording.pending().empty());
}

}  // namespace
