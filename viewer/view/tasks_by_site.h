// The tasks of each site in the order of creation: 4 bytes a task. Made off the frame, when the tasks of a site are asked
// for the first time. Immutable then, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "viewer/model/trace.h"

namespace loopscope::view {

class TasksBySite {
 public:
  // Tasks of sites that the trace does not have are in none. Empty when asked to stop.
  static TasksBySite of(const model::Trace& trace, const std::stop_token& stop);

  // Empty for a site that there is not.
  std::span<const model::TaskIndex> of_site(model::SiteIndex site) const {
    if (std::size_t{site} + 1 >= first_.size()) return {};
    return std::span(tasks_).subspan(first_[site], first_[site + 1] - first_[site]);
  }

 private:
  std::vector<std::uint32_t> first_;  // into tasks_, by site; one more for the end
  std::vector<model::TaskIndex> tasks_;
};

}  // namespace loopscope::view
