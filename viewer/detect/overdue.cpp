#include "viewer/detect/overdue.h"

#include <algorithm>

namespace loopscope::detect {

Nanos elapsed(Time from, Time to) {
  Nanos difference = 0;
  if (to <= from) return 0;
  return __builtin_sub_overflow(to, from, &difference) ? kNever - 1 : std::min(difference, kNever - 1);
}

Nanos from_ms(double ms) {
  return ms >= 9e12 ? kNever : static_cast<Nanos>(ms * static_cast<double>(kMillisecond));
}

Overdue::Overdue(const model::Trace& trace, const Limits& limits, const SiteGroups& groups)
    : trace_(trace), limits_(limits), groups_(groups) {
  const double duration_ms = to_ms(elapsed(trace.begin, trace.end));
  young_ = from_ms(std::max(limits.young_ms, duration_ms * limits.young_share / 100));
  limit_.resize(groups.size(), kNever);
  for (std::uint32_t index = 0; index < groups.size(); ++index) {
    const SiteGroup& group = groups[index];
    if (!group.one_shot || !group.judged) continue;
    limit_[index] = young_;
    if (group.finished == 0) continue;
    // Too few to know a percentile: then at least longer than any of them.
    const Nanos usual = usual_known(index) ? from_ms(limits.leak_lifetimes * to_ms(group.lifetime_p99))
                                           : group.lifetime_max;
    limit_[index] = std::max(young_, usual);
  }
}

bool Overdue::usual_known(std::uint32_t group) const {
  return static_cast<double>(groups_[group].finished) >= limits_.leak_history;
}

}  // namespace loopscope::detect
