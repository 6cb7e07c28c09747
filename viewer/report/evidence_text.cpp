#include "viewer/report/evidence_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "viewer/base/text.h"

namespace loopscope::report {

std::string evidence_name(const detect::Evidence& evidence) {
  std::string name = evidence.name;
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::string evidence_value(const detect::Evidence& evidence) {
  const double value = std::isfinite(evidence.value) ? evidence.value : 0;
  if (evidence.unit == "ms")
    return duration_text(static_cast<Nanos>(std::llround(std::clamp(value, -9e12, 9e12) * 1e6)));
  if (evidence.unit == "%") return percent_text(value / 100);
  if (evidence.unit == "1/s") return fmt::format("{:.1f}/s", value);
  const bool whole = std::abs(value - std::round(value)) < 1e-9 && value >= 0 && value < 1e18;
  const std::string number = whole                    ? count_text(static_cast<std::uint64_t>(value))
                             : std::abs(value) < 1e15 ? fmt::format("{:.1f}", value)
                                                      : fmt::format("{:.3g}", value);
  std::string unit = evidence.unit;
  if (number == "1" && unit.size() > 1 && unit.back() == 's') unit.pop_back();
  return unit.empty() ? number : number + " " + unit;
}

}  // namespace loopscope::report
