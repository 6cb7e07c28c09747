// Blocks are filled in the order in which they were told, whoever does it.
#include "viewer/trace/row_filler.h"

#include <gtest/gtest.h>

#include <thread>

namespace loopscope::trace {
namespace {

using model::IntervalRow;
using model::kNoTask;

// What a thread that replays would tell: spans of two depths, a call now and then, ticks; some longer than 32 bits hold.
class Telling {
 public:
  explicit Telling(model::Timeline& timeline) : filler_(timeline) {
    timeline.pending.start(0, 1'000'000 * kMicrosecond, kIntervals);
  }

  RowFiller& filler() { return filler_; }

  void tell_all() {
    for (std::uint32_t i = 0; i < kIntervals; ++i) tell(i);
    hand_over();
  }

  static constexpr std::uint32_t kIntervals = 300'007;

 private:
  void tell(std::uint32_t i) {
    const Time at = Time{i} * kMicrosecond;
    block_->task_created(i % 7, at);
    block_->interval(RowNumber::spans(i % 3, i % 2), at, i % 101, i, i % 5 == 0 ? IntervalRow::kNoLag : i);
    if (i % 10'007 == 0) block_->task_finished(i, i % 7, at);
    if (block_->full()) hand_over();
    if (i % 1'009 == 0) block_->interval(RowNumber::calls(1), at, 11, i, IntervalRow::kNoLag);
    if (block_->full()) hand_over();
    if (i % 11 == 0) block_->interval(RowNumber::ticks(4), at, 997, kNoTask, IntervalRow::kNoLag);
    if (block_->full()) hand_over();
    if (i + 1 == kIntervals) {
      block_->interval(RowNumber::polls(0), at, 5 * kSecond, kNoTask, 7 * kSecond);
      block_->interval(RowNumber::polls(0), at + 5 * kSecond, 13, kNoTask, 17);
    }
  }
  void hand_over() { block_ = filler_.hand_over(std::move(block_)); }

  RowFiller filler_;
  std::unique_ptr<RowBlock> block_ = std::make_unique<RowBlock>();
};

std::uint64_t expect_all(const model::Timeline& timeline) {
  EXPECT_EQ(timeline.threads.size(), 3U);
  std::uint64_t spans = 0;
  for (std::uint32_t thread = 0; thread < timeline.threads.size(); ++thread) {
    EXPECT_EQ(timeline.threads[thread].spans.size(), 2U);
    for (std::uint32_t depth = 0; depth < timeline.threads[thread].spans.size(); ++depth) {
      const IntervalRow& row = timeline.threads[thread].spans[depth];
      spans += row.size();
      // Every sixth is of that thread and depth.
      const std::uint32_t first = depth == thread % 2 ? thread : thread + 3;
      for (std::size_t at = 0; at < row.size(); ++at) {
        const std::uint32_t i = first + 6 * static_cast<std::uint32_t>(at);
        if (row.task(at) != i || row.begin(at) != Time{i} * kMicrosecond || row.duration(at) != i % 101 ||
            (row.lag(at) == IntervalRow::kNoLag) != (i % 5 == 0)) {
          ADD_FAILURE() << "thread " << thread << ", depth " << depth << ", interval " << at;
          return 0;
        }
      }
    }
  }
  EXPECT_EQ(timeline.threads.at(1).calls.size(), 298U);
  EXPECT_EQ(timeline.loops.size(), 5U);
  EXPECT_EQ(timeline.loops.at(4).ticks.size(), (Telling::kIntervals + 10) / 11);
  const IntervalRow& polls = timeline.loops.at(0).polls;
  EXPECT_EQ(polls.size(), 2U);
  EXPECT_EQ(polls.duration(0), 5 * kSecond);
  EXPECT_NEAR(static_cast<double>(polls.lag(0)), 7e9, 7e9 / 500);
  EXPECT_EQ(polls.duration(1), 13);
  EXPECT_EQ(polls.lag(1), 17);
  EXPECT_EQ(timeline.pending.finished(), 30U);
  for (std::size_t i = 0; i < timeline.pending.finished(); ++i) {
    EXPECT_EQ(timeline.pending.finished_task(i), i * 10'007);
  }
  return spans;
}

TEST(RowFiller, FillsAtOnceWithoutHelp) {
  model::Timeline timeline;
  Telling telling(timeline);
  telling.tell_all();
  EXPECT_FALSE(telling.filler().has_work());
  EXPECT_EQ(expect_all(timeline), Telling::kIntervals);
}

TEST(RowFiller, LeavesABoundedNumberOfBlocksToWhoDoesNotCome) {
  model::Timeline timeline;
  Telling telling(timeline);
  telling.filler().expect_help();
  telling.tell_all();
  int waited = 0;
  while (telling.filler().work()) ++waited;
  EXPECT_GT(waited, 11);
  EXPECT_LT(waited, 47);
  EXPECT_EQ(expect_all(timeline), Telling::kIntervals);
}

TEST(RowFiller, FillsInOrderWithHelp) {
  for (const unsigned helpers : {1U, 3U}) {
    model::Timeline timeline;
    Telling telling(timeline);
    telling.filler().expect_help();
    std::vector<std::jthread> help;
    for (unsigned i = 0; i < helpers; ++i) {
      help.emplace_back([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          if (!telling.filler().work()) std::this_thread::yield();
        }
      });
    }
    telling.tell_all();
    help.clear();
    while (telling.filler().work()) {
    }
    EXPECT_EQ(expect_all(timeline), Telling::kIntervals);
  }
}

TEST(RowFiller, MakesNoRowsOfNothing) {
  model::Timeline timeline;
  RowFiller filler(timeline);
  EXPECT_FALSE(filler.has_work());
  EXPECT_FALSE(filler.work());
  const std::unique_ptr<RowBlock> block = filler.hand_over(std::make_unique<RowBlock>());
  ASSERT_NE(block, nullptr);
  EXPECT_FALSE(block->full());
  EXPECT_FALSE(filler.has_work());
  EXPECT_TRUE(timeline.threads.empty());
  EXPECT_TRUE(timeline.loops.empty());
}

}  // namespace
}  // namespace loopscope::trace
