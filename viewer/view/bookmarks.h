// Instants that a person marked on the timeline, in order. ImGui-free.
#pragma once

#include <optional>
#include <vector>

#include "viewer/base/units.h"

namespace loopscope::view {

class Bookmarks {
 public:
  // Sets one there, or takes away one that is within `near` of it. True if there is one now.
  bool toggle(Time at, Nanos near);
  std::optional<Time> before(Time at) const;
  std::optional<Time> behind(Time at) const;
  const std::vector<Time>& all() const { return at_; }
  void clear() { at_.clear(); }

 private:
  std::vector<Time> at_;
};

}  // namespace loopscope::view
