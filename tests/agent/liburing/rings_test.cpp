// Which ring is which, and which ones are left to others.
#include "agent/adapters/liburing/rings.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "agent/loop_kind.h"
#include "tests/agent/liburing/memory_ring.h"
#include "tests/agent/recording.h"

namespace {

using namespace loopscope::liburing;

bool g_runs_here;
int runs_here() { return g_runs_here; }

class UringRings : public testing::Test {
 protected:
  void TearDown() override {
    for (auto& each : rings_) ring_ends(each->ring);
    loopscope_loop_kind(nullptr, runs_here);
    g_runs_here = false;
  }
  MemoryRing& a_ring() {
    rings_.push_back(std::make_unique<MemoryRing>(8));
    return *rings_.back();
  }
  static void submit(MemoryRing& memory, uint64_t user_data, bool waits = false) {
    memory.prepare(IORING_OP_READ, user_data);
    if (Ring* ring = ring_for(memory.ring, true, waits)) {
      look_at_completions(*ring, nullptr);
      look_at_submissions(*ring, memory.ring, nullptr);
    }
    memory.submit();
  }
  static bool look(MemoryRing& memory) {
    Ring* ring = ring_for(memory.ring, false, false);
    if (ring != nullptr) look_at_completions(*ring, nullptr);
    return ring != nullptr;
  }

 private:
  std::vector<std::unique_ptr<MemoryRing>> rings_;
};

TEST_F(UringRings, AreToldApart) {
  const Recording recording;
  MemoryRing &one = a_ring(), &other = a_ring();
  submit(one, 1);
  submit(other, 1);
  other.complete(1);
  look(one);
  EXPECT_EQ(recording.finished("io_uring_read"), 0);
  look(other);
  EXPECT_EQ(recording.finished("io_uring_read"), 1);
}

TEST_F(UringRings, MayBeMoved) {
  const Recording recording;
  MemoryRing& ring = a_ring();
  submit(ring, 1);
  ring.complete(1);
  const io_uring moved = ring.ring;
  Ring* same = ring_for(moved, false, false);
  ASSERT_NE(same, nullptr);
  look_at_completions(*same, nullptr);
  EXPECT_EQ(recording.finished("io_uring_read"), 1);
}

TEST_F(UringRings, AreKnownFromTheirFirstSubmission) {
  const Recording recording;
  MemoryRing& ring = a_ring();
  EXPECT_FALSE(look(ring));
  submit(ring, 1);
  EXPECT_TRUE(look(ring));
}

TEST_F(UringRings, AreLookedAtWhileTheirThreadWaitsForSomethingElse) {
  const Recording recording;
  MemoryRing& ring = a_ring();
  submit(ring, 1);
  ring.complete(1);
  look_at_own_rings();
  EXPECT_EQ(recording.finished("io_uring_read"), 1);
}

TEST_F(UringRings, ThatWentAwayAreNotLookedAt) {
  const Recording recording;
  auto gone = std::make_unique<MemoryRing>(8);
  submit(*gone, 1);
  ring_ends(gone->ring);
  gone.reset();
  look_at_own_rings();
  MemoryRing& next = a_ring();  // takes the memory of what was known
  submit(next, 1);
  look_at_own_rings();
  EXPECT_EQ(recording.finished("io_uring_read", LOOPSCOPE_OUTCOME_ABANDONED), 1);
  EXPECT_EQ(recording.pending().size(), 1u);
}

TEST_F(UringRings, ThatWentAwayUnseenLeaveNothingPending) {
  const Recording recording;
  MemoryRing& ring = a_ring();
  submit(ring, 1);
  ring_begins(ring.ring);
  EXPECT_EQ(recording.finished("io_uring_read", LOOPSCOPE_OUTCOME_OK), 1);
  submit(ring, 1);
  EXPECT_EQ(recording.pending().size(), 1u);
}

TEST_F(UringRings, AreMoreThanThereIsRoomFor) {
  const Recording recording;
  for (unsigned i = 0; i < kMaxRings + 23; ++i) submit(a_ring(), 1);
  EXPECT_EQ(recording.pending().size(), kMaxRings);
}

TEST_F(UringRings, OfAnEarlierRecordingBeginAnew) {
  MemoryRing& ring = a_ring();
  {
    const Recording recording;
    submit(ring, 1);
  }
  __atomic_store_n(&loopscope_recording_flag[0], 2, __ATOMIC_RELAXED);
  submit(ring, 2);
  ring.complete(1);
  ring.complete(2);
  look(ring);
  unsigned finished = 0;
  for (const fake::Event& event : fake::events()) finished += event.what == fake::What::finished;
  EXPECT_EQ(finished, 1u);
  fake::stop();
}

TEST_F(UringRings, AreNotTrackedWhereNothingIsRecorded) {
  MemoryRing& ring = a_ring();
  ring.prepare(IORING_OP_READ, 1);
  EXPECT_EQ(ring_for(ring.ring, true, true), nullptr);
}

TEST_F(UringRings, OfAsioAreLeftToIt) {
  const Recording recording;
  loopscope_loop_kind("asio", runs_here);
  MemoryRing& ring = a_ring();
  submit(ring, 1);  // before it runs: nobody knows yet
  g_runs_here = true;
  submit(ring, 2, true);
  g_runs_here = false;
  submit(ring, 3, true);
  EXPECT_EQ(recording.created("io_uring_read"), 0);
}

TEST_F(UringRings, BesideAsioAreTrackedFromTheirFirstWait) {
  const Recording recording;
  loopscope_loop_kind("asio", runs_here);
  MemoryRing& ring = a_ring();
  submit(ring, 1);
  submit(ring, 2, true);
  submit(ring, 3);
  EXPECT_EQ(recording.created("io_uring_read"), 2);
}

}  // namespace
