// The first picture shows what batch headers say, and nothing that they do not.
#include "viewer/view/first_picture.h"

#include <gtest/gtest.h>

#include <numeric>

namespace loopscope::view {
namespace {

trace::BatchOverview a_batch(std::uint64_t thread, Time begin, Time end, std::uint32_t created,
                             std::uint32_t finished) {
  trace::BatchOverview batch;
  batch.thread = thread;
  batch.begin = begin;
  batch.end = end;
  batch.events = created + finished;
  batch.count[trace::kTaskCreated] = created;
  batch.count[trace::kTaskFinished] = finished;
  return batch;
}

trace::Overview two_threads() {
  trace::Overview overview;
  overview.begin = 0;
  overview.end = 1000;
  overview.threads.resize(3);
  overview.threads[0] = {.id = 7, .tid = 70, .name = "quiet", .events = 13};
  overview.threads[1] = {.id = 9, .tid = 90, .name = "busy", .events = 200};
  overview.threads[2] = {.id = 11, .tid = 110, .name = "never seen", .events = 0};
  overview.batches = {a_batch(9, 0, 500, 100, 40), a_batch(7, 500, 600, 13, 0), a_batch(9, 500, 1000, 0, 60)};
  return overview;
}

TEST(FirstPicture, HasALaneForEachThreadThatHasEvents) {
  const FirstPicture picture = first_picture(two_threads(), 10);
  ASSERT_EQ(picture.lanes.size(), 2u);
  EXPECT_EQ(picture.lanes[0].name, "busy");
  EXPECT_EQ(picture.lanes[1].name, "quiet");
  EXPECT_EQ(picture.lanes_left_out, 1u);
}

TEST(FirstPicture, SpreadsABatchOverItsTime) {
  const FirstPicture picture = first_picture(two_threads(), 10);
  const auto& busy = picture.lanes[0].density;
  // 140 events over five columns, then 60 over five.
  EXPECT_FLOAT_EQ(busy[0], 1);
  EXPECT_FLOAT_EQ(busy[4], 1);
  EXPECT_NEAR(busy[7], 12.0 / 28.0, 0.01);
  EXPECT_FLOAT_EQ(picture.lanes[1].density[0], 0);
  EXPECT_GT(picture.lanes[1].density[5], 0);
}

TEST(FirstPicture, EndsWithWhatIsPending) {
  const FirstPicture picture = first_picture(two_threads(), 10);
  EXPECT_NEAR(picture.pending.back(), 13, 1e-6);
  EXPECT_NEAR(picture.pending[4], 60, 1e-6);
  EXPECT_GE(picture.most_pending, picture.pending.back());
}

TEST(FirstPicture, OfNonsenseStaysInBounds) {
  trace::Overview overview = two_threads();
  overview.batches.push_back(a_batch(9, kNever, -kNever, 4'000'000'000U, 0));
  overview.batches.push_back(a_batch(12345, -kSecond, kNever, 0, 4'000'000'000U));
  overview.end = overview.begin;
  const FirstPicture picture = first_picture(overview, 3);
  EXPECT_EQ(picture.pending.size(), 3u);
  for (const double pending : picture.pending) EXPECT_GE(pending, 0);
  EXPECT_TRUE(first_picture(overview, 0).lanes.empty());
}

}  // namespace
}  // namespace loopscope::view
