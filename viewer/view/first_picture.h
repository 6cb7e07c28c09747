// What batch headers alone tell of a trace over time, for the seconds until all of it is read. ImGui-free, pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/trace/overview.h"

namespace loopscope::view {

struct FirstPicture {
  struct Lane {
    std::string name;  // of the thread
    std::uint64_t events = 0;
    std::vector<float> density;  // events a column, as a share of the busiest column of all lanes
    std::vector<Nanos> longest;  // longest span that ended in a batch that touches the column
  };
  std::vector<Lane> lanes;  // most events first, at most kMaxLanes
  std::size_t lanes_left_out = 0;
  std::vector<double> pending;  // at the end of each column
  double most_pending = 0;
};

inline constexpr std::size_t kMaxFirstLanes = 24;

// A batch's events are spread evenly over its time, since its header says no more. O(batches + lanes * columns).
FirstPicture first_picture(const trace::Overview& overview, std::size_t columns);

}  // namespace loopscope::view
