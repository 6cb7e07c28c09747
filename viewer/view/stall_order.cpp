#include "viewer/view/stall_order.h"

#include <algorithm>

namespace loopscope::view {

StallOrder::StallOrder(const model::Trace& trace) : place_(trace.stalls.size()) {
  order_.reserve(trace.stalls.size());
  for (std::size_t stall = 0; stall < trace.stalls.size(); ++stall)
    order_.push_back({trace.stalls[stall].begin, trace.stalls[stall].duration, stall});
  std::stable_sort(order_.begin(), order_.end(), [](const At& a, const At& b) { return a.begin < b.begin; });
  for (std::size_t at = 0; at < order_.size(); ++at) place_[order_[at].stall] = at;
}

std::optional<std::size_t> StallOrder::behind(Time at) const {
  const auto found = std::upper_bound(order_.begin(), order_.end(), at,
                                      [](Time time, const At& stall) { return time < stall.begin; });
  if (found == order_.end()) return std::nullopt;
  return found->stall;
}

std::optional<std::size_t> StallOrder::before(Time at) const {
  const auto found = std::lower_bound(order_.begin(), order_.end(), at,
                                      [](const At& stall, Time time) { return stall.begin < time; });
  if (found == order_.begin()) return std::nullopt;
  return (found - 1)->stall;
}

std::optional<std::size_t> StallOrder::that_is(Time begin, Nanos duration) const {
  auto found = std::lower_bound(order_.begin(), order_.end(), begin,
                                [](const At& stall, Time time) { return stall.begin < time; });
  for (; found != order_.end() && found->begin == begin; ++found) {
    if (found->duration == duration) return found->stall;
  }
  return std::nullopt;
}

std::optional<std::size_t> StallOrder::next(std::optional<std::size_t> stall) const {
  if (order_.empty()) return std::nullopt;
  if (!stall || *stall >= place_.size()) return order_.front().stall;
  const std::size_t at = place_[*stall] + 1;
  if (at == order_.size()) return std::nullopt;
  return order_[at].stall;
}

std::optional<std::size_t> StallOrder::previous(std::optional<std::size_t> stall) const {
  if (order_.empty()) return std::nullopt;
  if (!stall || *stall >= place_.size()) return order_.back().stall;
  const std::size_t at = place_[*stall];
  if (at == 0) return std::nullopt;
  return order_[at - 1].stall;
}

}  // namespace loopscope::view
