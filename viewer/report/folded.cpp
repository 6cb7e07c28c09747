#include <algorithm>
#include <map>

#include "viewer/report/stall_profiles.h"

namespace loopscope::report {
namespace {

// Semicolons stand between frames.
std::string one_frame(std::string name) {
  std::replace(name.begin(), name.end(), ';', ':');
  return name;
}

}  // namespace

std::string folded_text(const StallProfiles& profiles) {
  std::map<std::string, Nanos> weights;
  for (const Profile& profile : profiles.profiles) {
    for (const ProfileSample& sample : profile.samples) {
      std::string stack = one_frame(profile.name);
      for (const std::uint32_t frame : sample.stack) stack += ";" + one_frame(profiles.frames[frame].name);
      Nanos& weight = weights[std::move(stack)];
      weight = add_saturating(weight, sample.weight);
    }
  }
  std::string text;
  for (const auto& [stack, weight] : weights) {
    text += stack + " " + std::to_string(std::max<Nanos>(weight / kMicrosecond, 1)) + "\n";
  }
  return text;
}

}  // namespace loopscope::report
