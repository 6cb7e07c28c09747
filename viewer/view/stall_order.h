// Going from stall to stall in the order of time. ImGui-free.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "viewer/model/trace.h"

namespace loopscope::view {

class StallOrder {
 public:
  StallOrder() = default;
  explicit StallOrder(const model::Trace& trace);

  // Into Trace::stalls: the first that begins after (the last that begins before) that instant.
  std::optional<std::size_t> behind(Time at) const;
  std::optional<std::size_t> before(Time at) const;
  // The one that is just that span or tick.
  std::optional<std::size_t> that_is(Time begin, Nanos duration) const;
  // The one next to a stall; the first (last) if none is given or it is unknown.
  std::optional<std::size_t> next(std::optional<std::size_t> stall) const;
  std::optional<std::size_t> previous(std::optional<std::size_t> stall) const;

 private:
  struct At {
    Time begin = 0;
    Nanos duration = 0;
    std::size_t stall = 0;
  };
  std::vector<At> order_;           // by begin
  std::vector<std::size_t> place_;  // by stall: where it is in order_
};

}  // namespace loopscope::view
