// Sites as people see them: those of one kind that show the same source line (of coroutines, the same function) are one
// place, whatever called it and however deep its stack was captured. Detectors judge places. Pure, any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

struct SiteGroup {
  // The member with the most pending tasks (then the most created) of those with a stack: it stands for all.
  model::SiteIndex site = model::kNoSite;
  std::vector<model::SiteIndex> members;
  bool one_shot = true;  // not a subscription
  bool judged = true;    // neither internal nor teardown
  std::uint64_t created = 0;
  std::uint64_t finished = 0;
  std::uint64_t abandoned = 0;
  // Of the finished ones; 0 if there are none.
  Nanos lifetime_p50 = 0;
  Nanos lifetime_p99 = 0;
  Nanos lifetime_max = 0;
  Nanos lifetime_sum = 0;
  Nanos queue_p99 = 0;

  std::uint64_t pending() const { return created > finished ? created - finished : 0; }
};

class SiteGroups {
 public:
  explicit SiteGroups(const model::Trace& trace);

  std::size_t size() const { return groups_.size(); }
  const SiteGroup& operator[](std::size_t group) const { return groups_[group]; }
  // The group of a site; of the unknown site if there is no such site.
  std::uint32_t of(model::SiteIndex site) const {
    return site < group_of_site_.size() ? group_of_site_[site] : 0;
  }

 private:
  std::vector<SiteGroup> groups_;  // never empty: [0] holds the unknown site
  std::vector<std::uint32_t> group_of_site_;
};

}  // namespace loopscope::detect
