#include "viewer/detect/finding.h"

#include <algorithm>
#include <tuple>

namespace loopscope::detect {

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::critical: return "critical";
    case Severity::warning: return "warning";
    case Severity::info: break;
  }
  return "info";
}

void sort_worst_first(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(b.severity, b.price, a.detector, a.site) <
           std::tie(a.severity, a.price, b.detector, b.site);
  });
}

}  // namespace loopscope::detect
