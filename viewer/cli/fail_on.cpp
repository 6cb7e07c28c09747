#include "viewer/cli/fail_on.h"

#include <algorithm>
#include <array>

#include "viewer/detect/detectors.h"

namespace loopscope::cli {
namespace {

using detect::Severity;

constexpr std::array kSeverities{Severity::info, Severity::warning, Severity::critical};

}  // namespace

bool set_fail_on(const std::string& word, std::optional<detect::Severity>& severity,
                 std::vector<std::string>& detectors) {
  for (const Severity one : kSeverities) {
    if (detect::name_of(one) != word) continue;
    severity = std::min(one, severity.value_or(one));
    return true;
  }
  for (const detect::Detector& detector : detect::all_detectors()) {
    if (detector.id != word) continue;
    detectors.push_back(word);
    return true;
  }
  return false;
}

std::string fail_on_mistake(const std::string& word, std::string_view more) {
  std::string known(more);
  for (const Severity severity : kSeverities) known += std::string(detect::name_of(severity)) + ", ";
  for (const detect::Detector& detector : detect::all_detectors()) {
    known += std::string(detector.id) + (&detector == &detect::all_detectors().back() ? "" : ", ");
  }
  return "--fail-on: there is no severity or detector \"" + word + "\" (known are " + known + ")";
}

}  // namespace loopscope::cli
