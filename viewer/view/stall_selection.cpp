#include "viewer/view/stall_selection.h"

#include <algorithm>

namespace loopscope::view {
namespace {

// How much of the stretch lies within the selected time.
Nanos part_within(const StallSelection& selection, Time from, Nanos length) {
  length = std::max<Nanos>(length, 0);
  if (!selection.range) return length;
  const Time begin = std::max(from, selection.range->from);
  const Time end = std::min(add_saturating(from, length), selection.range->to);
  return std::max<Nanos>(subtract_saturating(end, begin), 0);
}

Nanos part_of(const StallSelection& selection, const model::Trace& trace, std::size_t stall) {
  if (stall >= trace.stalls.size() || (selection.stall && *selection.stall != stall)) return 0;
  return part_within(selection, trace.stalls[stall].begin, trace.stalls[stall].duration);
}

}  // namespace

bool is_selected(const StallSelection& selection, const model::Trace& trace, std::size_t stall) {
  return part_of(selection, trace, stall) > 0;
}

SelectedSamples select_samples(const model::Trace& trace, const report::StallProfiles& profiles,
                               const StallSelection& selection) {
  SelectedSamples selected;
  std::vector<Nanos> sampled(trace.stalls.size());
  for (std::size_t profile = 0; profile < profiles.profiles.size(); ++profile) {
    const std::vector<report::ProfileSample>& samples = profiles.profiles[profile].samples;
    for (std::size_t at = 0; at < samples.size(); ++at) {
      const report::ProfileSample& sample = samples[at];
      if (selection.stall && *selection.stall != sample.stall) continue;
      const Nanos weight = part_within(selection, sample.from, sample.weight);
      if (weight == 0) continue;
      selected.samples.push_back({profile, at, weight});
      selected.total = add_saturating(selected.total, weight);
      sampled[sample.stall] = add_saturating(sampled[sample.stall], weight);
    }
  }
  for (std::size_t stall = 0; stall < trace.stalls.size(); ++stall) {
    const Nanos part = part_of(selection, trace, stall);
    selected.stalls += part > 0 || sampled[stall] > 0;
    if (part <= sampled[stall]) continue;
    selected.not_sampled = add_saturating(selected.not_sampled, part - sampled[stall]);
    ++selected.stalls_not_sampled;
  }
  selected.total = add_saturating(selected.total, selected.not_sampled);
  return selected;
}

}  // namespace loopscope::view
