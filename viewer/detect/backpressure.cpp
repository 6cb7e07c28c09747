// backpressure: producers that outrun their consumers. Seen in writes and sends whose pending number keeps rising
// (growing-backlog leaves those to this detector), and in gauges that a program keeps of its queues. What a gauge counts
// nobody says: one that never falls may as well be a counter, and is a note.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/growth.h"
#include "viewer/detect/operations.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/site_groups.h"

namespace loopscope::detect {
namespace {

std::string too_short_advice(Nanos duration) {
  return fmt::format(
      "Not enough evidence: the trace is only {} long, and a start looks like growth. Record for longer.",
      duration_text(duration));
}

std::string advice_for_writes(std::string_view kind) {
  if (kind.starts_with("uv_fs_"))
    return "The disk takes less than is written. Keep a bounded number of writes under way, and start the "
           "next "
           "one in the callback of one that is done.";
  if (kind.starts_with("uv_"))
    return "Stop producing (uv_read_stop on the source) while uv_stream_get_write_queue_size() is over a "
           "high-water "
           "mark, and go on in the write's callback below a low one.";
  if (kind.find("async_") != std::string_view::npos)
    return "Start the next write when the one before has completed, and let the source wait (or drop) while "
           "a "
           "bounded queue is full.";
  return "Bound what may be under way (a bounded channel, a high-water mark), and make the producer wait or "
         "drop when it is reached.";
}

Finding writes_grow(const model::Trace& trace, const Limits& limits, const SiteGroup& group,
                    GrowingPlace place) {
  const Nanos duration = elapsed(trace.begin, trace.end);
  const double seconds = static_cast<double>(duration) / 1e9;
  const Growth& growth = place.growth;
  const std::string& kind = trace.sites[group.site].kind;
  Finding finding;
  finding.detector = "backpressure";
  finding.site = group.site;
  finding.first = trace.begin;
  finding.last = trace.end;
  finding.count = static_cast<std::uint64_t>(std::llround(growth.total));
  // The mean of what has queued up, over the whole time.
  finding.price = growth.total * seconds / 2;
  finding.tasks = std::move(place.examples);
  const double started = static_cast<double>(group.created) / seconds;
  const double finished = static_cast<double>(group.finished) / seconds;
  finding.title =
      fmt::format("{} tasks are started faster than they are taken: {:.0f} against {:.0f} a second", kind,
                  started, finished);
  finding.evidence = {{"started_rate", started, "1/s"},
                      {"finished_rate", finished, "1/s"},
                      {"growth", static_cast<double>(finding.count), "tasks"},
                      {"growth_rate", place.per_second, "1/s"},
                      {"pending_at_end", static_cast<double>(place.pending), "tasks"},
                      {"trend_score", growth.score, "sigma"},
                      {"trend_confidence", growth.confidence(), "%"}};
  if (group.finished > 0) {
    finding.evidence.push_back({"lifetime_p50", to_ms(group.lifetime_p50), "ms"});
    finding.evidence.push_back({"lifetime_p99", to_ms(group.lifetime_p99), "ms"});
  }
  if (to_ms(duration) < limits.short_trace_ms) {
    finding.advice = too_short_advice(duration);
  } else {
    finding.severity = growth.total >= limits.backlog_critical ? Severity::critical : Severity::warning;
    finding.advice = advice_for_writes(kind);
  }
  return finding;
}

// ---- gauges ----

constexpr std::size_t kSlices = model::PendingCurve::kSlices;

// How many of the unit one is, if it is a unit in which queues are counted.
struct Measure {
  bool bytes = false;
  double factor = 1;
};

std::optional<Measure> measure_of(std::string_view unit) {
  static constexpr auto kBytes = std::to_array<std::pair<std::string_view, double>>({{"bytes", 1},
                                                                                     {"byte", 1},
                                                                                     {"B", 1},
                                                                                     {"kB", 1e3},
                                                                                     {"KB", 1e3},
                                                                                     {"KiB", 1024},
                                                                                     {"MB", 1e6},
                                                                                     {"MiB", 1048576},
                                                                                     {"GB", 1e9},
                                                                                     {"GiB", 1073741824}});
  for (const auto& [name, factor] : kBytes) {
    if (unit == name) return Measure{true, factor};
  }
  // Times, shares and rates are no queues.
  static constexpr auto kOthers = std::to_array<std::string_view>(
      {"ns", "us", "ms", "s", "sec", "second", "seconds", "min", "%", "percent", "Hz", "C", "W", "V", "A"});
  const bool rate = unit.find('/') != std::string_view::npos;
  if (rate || std::find(kOthers.begin(), kOthers.end(), unit) != kOthers.end()) return {};
  return Measure{};
}

struct Flow {
  double up = 0;    // all rises together
  double down = 0;  // all falls
};

// Of finite values only; how long the last one stands is not told, and does not matter.
Flow flow_of(const model::GaugeSeries& gauge) {
  Flow flow;
  for (std::size_t at = 1; at < gauge.number.size(); ++at) {
    const double step = gauge.number[at] - gauge.number[at - 1];
    if (std::isfinite(step)) (step > 0 ? flow.up : flow.down) += std::abs(step);
  }
  return flow;
}

// A value holds until the next one. The mean of each slice of the time from the first value to the trace's end.
std::array<double, kSlices> means_of(const model::GaugeSeries& gauge, Time end) {
  std::array<double, kSlices> sum{};
  const Time begin = gauge.at.front();
  const double slice = static_cast<double>(elapsed(begin, end)) / static_cast<double>(kSlices);
  for (std::size_t at = 0; at < gauge.at.size(); ++at) {
    if (!std::isfinite(gauge.number[at])) continue;
    const double from = static_cast<double>(elapsed(begin, gauge.at[at])) / slice;
    const double to =
        static_cast<double>(elapsed(begin, at + 1 < gauge.at.size() ? gauge.at[at + 1] : end)) / slice;
    for (auto i = static_cast<std::size_t>(std::clamp(from, 0.0, static_cast<double>(kSlices)));
         i < kSlices && static_cast<double>(i) < to; ++i) {
      const double lower = std::max(from, static_cast<double>(i));
      const double upper = std::min(to, static_cast<double>(i + 1));
      if (upper > lower) sum[i] += (upper - lower) * gauge.number[at];
    }
  }
  return sum;
}

Finding gauge_grows(const model::Trace& trace, const Limits& limits, const model::GaugeSeries& gauge,
                    const Measure& measure, const Growth& growth) {
  const Nanos duration = elapsed(gauge.at.front(), trace.end);
  const double seconds = static_cast<double>(duration) / 1e9;
  // From the middle of the first used slice to the middle of the last.
  const double growing_seconds = seconds * static_cast<double>(kSlices - 2) / static_cast<double>(kSlices);
  const Flow flow = flow_of(gauge);
  const std::string unit = measure.bytes ? "bytes" : gauge.unit.empty() ? "items" : gauge.unit;
  const std::string rate = unit + "/s";
  const auto scaled = [&](double value) { return value * measure.factor; };
  Finding finding;
  finding.detector = "backpressure";
  finding.first = gauge.at.front();
  finding.last = trace.end;
  finding.count = gauge.number.size();
  const double taken = scaled(flow.down) / seconds;
  // Of items, the time that all of them together waited; of bytes, how long the last one will.
  finding.price = !measure.bytes ? scaled(growth.total) * seconds / 2
                  : taken > 0    ? std::min(scaled(growth.end) / taken, seconds)
                                 : 0;
  const auto amount = [&](double value) {
    return measure.bytes ? bytes_text(static_cast<std::uint64_t>(std::clamp(scaled(value), 0.0, 9e18)))
                         : fmt::format("{:.0f}", scaled(value));
  };
  finding.title = fmt::format("Gauge \"{}\" keeps growing, from {} to {}", gauge.name, amount(growth.start),
                              amount(growth.end));
  finding.evidence = {{"growth", scaled(growth.total), unit},
                      {"growth_rate", scaled(growth.total) / growing_seconds, rate},
                      {"rises", scaled(flow.up) / seconds, rate},
                      {"falls", taken, rate},
                      {"at_end", scaled(gauge.number.back()), unit},
                      {"values", static_cast<double>(gauge.number.size()), "values"},
                      {"trend_score", growth.score, "sigma"},
                      {"trend_confidence", growth.confidence(), "%"}};
  if (flow.down <= 0) {
    finding.candidate = true;
    finding.advice =
        "It never fell: a counter of what was done looks like this, and so does a queue that nobody takes "
        "from.";
  } else if (to_ms(duration) < limits.short_trace_ms) {
    finding.advice = too_short_advice(duration);
  } else {
    finding.severity = Severity::warning;
    finding.advice =
        "More is put in than is taken out. Bound it, and make the producer wait or drop at the bound (pause "
        "reading from the source, await a slot).";
  }
  return finding;
}

std::optional<Finding> judge(const model::Trace& trace, const Limits& limits,
                             const model::GaugeSeries& gauge) {
  if (gauge.at.size() != gauge.number.size()) return {};
  if (static_cast<double>(gauge.at.size()) < limits.pressure_values) return {};
  const std::optional<Measure> measure = measure_of(gauge.unit);
  const Nanos duration = elapsed(gauge.at.front(), trace.end);
  if (!measure || duration < static_cast<Nanos>(kSlices)) return {};
  // One that was kept only for a while says nothing about the rest.
  if (elapsed(gauge.at.back(), trace.end) > duration / 2) return {};
  const std::array<double, kSlices> means = means_of(gauge, trace.end);
  const double least = measure->bytes ? limits.pressure_bytes / measure->factor : limits.backlog_growth;
  const Growth growth = growth_of(std::span(means).first(kSlices - 1), least, limits);
  if (!growth.found || !std::isfinite(growth.total)) return {};
  return gauge_grows(trace, limits, gauge, *measure, growth);
}

}  // namespace

std::vector<Finding> backpressure(const model::Trace& trace, const Limits& limits) {
  std::vector<Finding> findings;
  const SiteGroups groups(trace);
  for (GrowingPlace& place : growing_places(trace, limits, groups, is_write)) {
    findings.push_back(writes_grow(trace, limits, groups[place.group], std::move(place)));
  }
  for (const model::GaugeSeries& gauge : trace.gauges) {
    if (auto finding = judge(trace, limits, gauge)) findings.push_back(std::move(*finding));
  }
  return findings;
}

}  // namespace loopscope::detect
