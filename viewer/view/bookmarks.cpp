#include "viewer/view/bookmarks.h"

#include <algorithm>

namespace loopscope::view {

bool Bookmarks::toggle(Time at, Nanos near) {
  const auto is_near = [&](Time mark) {
    return subtract_saturating(mark, at) <= near && subtract_saturating(at, mark) <= near;
  };
  if (std::erase_if(at_, is_near) != 0) return false;
  at_.insert(std::upper_bound(at_.begin(), at_.end(), at), at);
  return true;
}

std::optional<Time> Bookmarks::before(Time at) const {
  const auto next = std::lower_bound(at_.begin(), at_.end(), at);
  if (next == at_.begin()) return std::nullopt;
  return *(next - 1);
}

std::optional<Time> Bookmarks::behind(Time at) const {
  const auto next = std::upper_bound(at_.begin(), at_.end(), at);
  if (next == at_.end()) return std::nullopt;
  return *next;
}

}  // namespace loopscope::view
