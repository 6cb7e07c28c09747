// Which part of the stalls a view is about: all of them, one of them, or what lies within a stretch of time. Flame
// graph and table of lines take their samples from here, so that both are about the same time. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/trace.h"
#include "viewer/report/stall_profiles.h"
#include "viewer/view/time_range.h"

namespace loopscope::view {

struct StallSelection {
  std::optional<std::size_t> stall = {};  // into Trace::stalls; none: every one
  std::optional<TimeRange> range = {};    // none: all of the trace
  bool operator==(const StallSelection&) const = default;
};

// Whether some of the stall counts.
bool is_selected(const StallSelection& selection, const model::Trace& trace, std::size_t stall);

struct SelectedSample {
  std::size_t profile = 0;  // into StallProfiles::profiles
  std::size_t sample = 0;   // into Profile::samples
  Nanos weight = 0;         // of the stretch that it stands for, what is selected: more than 0
};

struct SelectedSamples {
  std::vector<SelectedSample> samples;
  // Stalled time that no sample stands for, so that the sum below is the stalled time of the selection.
  Nanos not_sampled = 0;
  std::uint64_t stalls_not_sampled = 0;
  std::uint64_t stalls = 0;  // of which something is selected
  Nanos total = 0;           // of all samples, and of what was not sampled
};

// Precondition: the profiles are of that trace.
SelectedSamples select_samples(const model::Trace& trace, const report::StallProfiles& profiles,
                               const StallSelection& selection);

}  // namespace loopscope::view
