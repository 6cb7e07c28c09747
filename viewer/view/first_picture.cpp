#include "viewer/view/first_picture.h"

#include <algorithm>
#include <unordered_map>

namespace loopscope::view {
namespace {

// A batch's place among the columns, as fractions of columns.
struct Stretch {
  double from = 0;
  double to = 0;
};

class Columns {
 public:
  Columns(const trace::Overview& overview, std::size_t count)
      : begin_(overview.begin),
        ns_per_column_(std::max(static_cast<double>(overview.duration()), 1.0) / static_cast<double>(count)),
        count_(count) {}

  Stretch of(const trace::BatchOverview& batch) const {
    const auto at = [&](Time time) {
      const double column = static_cast<double>(subtract_saturating(time, begin_)) / ns_per_column_;
      return std::clamp(column, 0.0, static_cast<double>(count_));
    };
    const double from = at(batch.begin);
    return {from, std::max(at(batch.end), from)};
  }
  std::size_t column(double at) const { return std::min(static_cast<std::size_t>(at), count_ - 1); }

 private:
  Time begin_;
  double ns_per_column_;
  std::size_t count_;
};

}  // namespace

FirstPicture first_picture(const trace::Overview& overview, std::size_t columns) {
  FirstPicture picture;
  if (columns == 0) return picture;
  std::vector<const model::Thread*> threads;
  for (const model::Thread& thread : overview.threads) threads.push_back(&thread);
  std::stable_sort(threads.begin(), threads.end(),
                   [](const auto* a, const auto* b) { return a->events > b->events; });
  std::unordered_map<std::uint64_t, std::size_t> lane_of;
  for (const model::Thread* thread : threads) {
    if (picture.lanes.size() == kMaxFirstLanes || thread->events == 0) break;
    lane_of.try_emplace(thread->id, picture.lanes.size());
    picture.lanes.push_back(
        {thread->name, thread->events, std::vector<float>(columns), std::vector<Nanos>(columns)});
  }
  picture.lanes_left_out = threads.size() - picture.lanes.size();

  const Columns place(overview, columns);
  std::vector<double> change(columns);
  for (const trace::BatchOverview& batch : overview.batches) {
    const Stretch stretch = place.of(batch);
    const std::size_t first = place.column(stretch.from);
    const std::size_t last = place.column(stretch.to);
    const double length = std::max(stretch.to - stretch.from, 1e-9);
    const auto lane = lane_of.find(batch.thread);
    for (std::size_t column = first; column <= last; ++column) {
      const double begin = std::max(stretch.from, static_cast<double>(column));
      const double end = std::min(stretch.to, static_cast<double>(column + 1));
      const double share = first == last ? 1 : std::clamp((end - begin) / length, 0.0, 1.0);
      change[column] += share * static_cast<double>(batch.live_delta());
      if (lane == lane_of.end()) continue;
      FirstPicture::Lane& drawn = picture.lanes[lane->second];
      drawn.density[column] += static_cast<float>(share * static_cast<double>(batch.events));
      drawn.longest[column] = std::max(drawn.longest[column], batch.longest_span);
    }
  }
  float busiest = 0;
  for (const auto& lane : picture.lanes) {
    busiest = std::max(busiest, *std::max_element(lane.density.begin(), lane.density.end()));
  }
  for (auto& lane : picture.lanes) {
    for (float& density : lane.density) density = busiest > 0 ? density / busiest : 0;
  }
  double pending = 0;
  picture.pending.reserve(columns);
  for (const double by : change) {
    pending = std::max(pending + by, 0.0);
    picture.pending.push_back(pending);
    picture.most_pending = std::max(picture.most_pending, pending);
  }
  return picture;
}

}  // namespace loopscope::view
