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

std::string evidence_text(const detect::Evidence& evidence) {
  const std::string interval = interval_text(evidence.interval, evidence.unit);
  return interval.empty() ? evidence_value(evidence) : evidence_value(evidence) + " " + interval;
}

std::string interval_text(const std::optional<detect::Interval>& interval, const std::string& unit) {
  if (!interval) return "";
  // A bound of a share is no better known than to the percent.
  const auto bound = [&](double value) {
    if (unit == "%")
      return fmt::format("{:.0f} %", std::clamp(std::isfinite(value) ? value : 0.0, -1e9, 1e9));
    return evidence_value({"", value, unit});
  };
  std::string low = bound(interval->low);
  const std::string high = bound(interval->high);
  // "29 %-46 %" is read more easily with one unit, if it is one.
  const std::size_t low_unit = low.find(' ');
  const std::size_t high_unit = high.find(' ');
  if (low_unit != std::string::npos && high_unit != std::string::npos &&
      low.substr(low_unit) == high.substr(high_unit))
    low.resize(low_unit);
  return "(" + low + "-" + high + ")";
}

}  // namespace loopscope::report
