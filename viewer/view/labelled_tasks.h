// Which tasks have certain labels, their own or inherited ones, and at which sites such tasks were created. Made off the
// frame whenever the words of a filter change. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/view/filter_words.h"

namespace loopscope::view {

class LabelledTasks {
 public:
  // Tasks that have all of `labels`. The nearest ancestor that sets a key decides; of several values that one task sets
  // it is the last one. A parent that is younger than its child (damaged traces) hands nothing down. O(tasks) a label.
  // Without any task when asked to stop.
  static LabelledTasks of(const model::Trace& trace, std::span<const LabelWord> labels,
                          const std::stop_token& stop);

  bool has(model::TaskIndex task) const {
    return task / 64 < bits_.size() && (bits_[task / 64] >> (task % 64) & 1U) != 0;
  }
  // Some task of that site has them.
  bool at_site(model::SiteIndex site) const { return site < sites_.size() && sites_[site]; }

 private:
  std::vector<std::uint64_t> bits_;  // by task
  std::vector<bool> sites_;
};

}  // namespace loopscope::view
