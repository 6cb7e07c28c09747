#include "viewer/view/time_axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace loopscope::view {
namespace {

// Far enough outside to be seen as outside, near enough for float coordinates.
constexpr double kScreens = 16;

// The range of a Time that a double holds without overflowing back.
constexpr double kFar = 9.2e18;

Time to_time(double ns) { return static_cast<Time>(std::clamp(ns, -kFar, kFar)); }

struct Unit {
  Nanos ns;
  std::string_view name;
};
constexpr std::array<Unit, 4> kUnits{{{kSecond, "s"}, {kMillisecond, "ms"}, {kMicrosecond, "us"}, {1, "ns"}}};

// The smallest of 1, 2, 5 times a power of ten that is not below `ns`.
Nanos round_step(double ns) {
  Nanos power = 1;
  while (power < std::numeric_limits<Nanos>::max() / 10) {
    for (const Nanos times : {1, 2, 5}) {
      if (static_cast<double>(power) * static_cast<double>(times) >= ns) return power * times;
    }
    power *= 10;
  }
  return power;
}

}  // namespace

TimeAxis::TimeAxis(TimeRange range, float width)
    : range_(range),
      width_(width),
      ns_per_pixel_(std::max(static_cast<double>(std::max<Nanos>(range.length(), 1)) / width, 1e-9)) {}

float TimeAxis::x(Time at) const {
  const double pixels = static_cast<double>(subtract_saturating(at, range_.from)) / ns_per_pixel_;
  return static_cast<float>(std::clamp(pixels, -kScreens * width_, (kScreens + 1) * width_));
}

Time TimeAxis::time(float x) const {
  return add_saturating(range_.from, to_time(std::floor(static_cast<double>(x) * ns_per_pixel_)));
}

std::vector<TimeAxis::Mark> TimeAxis::marks(Time origin, float apart) const {
  std::vector<Mark> marks;
  const Nanos step = round_step(static_cast<double>(std::max(apart, 8.0F)) * ns_per_pixel_);
  const Nanos small = std::max<Nanos>(step / 5, 1);
  const Nanos since = subtract_saturating(range_.from, origin);
  Nanos at = since / small * small;
  if (at > since) at = subtract_saturating(at, small);
  for (;; at += small) {
    const Time instant = add_saturating(origin, at);
    if (instant >= range_.to || at > std::numeric_limits<Nanos>::max() - 2 * small) break;
    if (instant < range_.from) continue;
    marks.push_back({x(instant), at % step == 0 ? instant_text(at, step) : ""});
  }
  return marks;
}

TimeRange zoomed(TimeRange range, Time at, double factor) {
  const auto before = static_cast<double>(subtract_saturating(at, range.from));
  const auto behind = static_cast<double>(subtract_saturating(range.to, at));
  return {subtract_saturating(at, to_time(std::round(before * factor))),
          add_saturating(at, std::max<Nanos>(to_time(std::round(behind * factor)), 1))};
}

TimeRange moved(TimeRange range, double share) {
  const Nanos by = to_time(static_cast<double>(range.length()) * share);
  return {add_saturating(range.from, by), add_saturating(range.to, by)};
}

std::string instant_text(Nanos since_origin, Nanos step) {
  if (since_origin == 0) return "0 s";
  // The largest unit that leaves at most four digits behind the point.
  const auto magnitude = static_cast<std::uint64_t>(since_origin < 0 ? -(since_origin + 1) : since_origin);
  for (const Unit& unit : kUnits) {
    if (magnitude < static_cast<std::uint64_t>(unit.ns) && unit.ns != 1) continue;
    int digits = 0;
    for (Nanos part = unit.ns; part > step; part /= 10) ++digits;
    if (digits > 4 && unit.ns != 1) continue;
    return fmt::format("{:.{}f} {}", static_cast<double>(since_origin) / static_cast<double>(unit.ns), digits,
                       unit.name);
  }
  return fmt::format("{} ns", since_origin);
}

}  // namespace loopscope::view
