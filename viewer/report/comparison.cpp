#include "viewer/report/comparison.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/report/comparison_parts.h"
#include "viewer/report/matched_runs.h"
#include "viewer/report/summary.h"

namespace loopscope::report {
namespace {

using detect::Severity;

std::vector<std::string> remarks_on(const Sides& sides) {
  std::vector<std::string> remarks;
  if (sides.is_busy()) {
    remarks.push_back(
        fmt::format("threads waited for a processor for up to {} of a run: latencies differ only where they "
                    "are {:.1f} times as "
                    "long, sums of times {:.1f} times",
                    percent_text(std::min(sides.busiest(), 1.0)), 1 + sides.least_latency_share(),
                    1 + sides.least_time_share()));
  }
  for (const auto& [side, name] :
       {std::pair(sides.base(), "the baseline"), std::pair(sides.now(), "the new side")}) {
    std::uint64_t lost = 0;
    for (const Contents& run : side) lost += run.trace.integrity.lost_events;
    if (lost > 0) remarks.push_back(fmt::format("{} lost {}", name, plural_text(lost, "event", "events")));
  }
  return remarks;
}

template <class Rows, class Of>
std::size_t count_of(const Rows& rows, Of of) {
  return static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), of));
}

}  // namespace

LoopKey loop_key(const model::Trace& trace, const model::Loop& loop) {
  // The kernel keeps fifteen characters of a thread's name.
  const bool is_main = loop.thread == program_name(trace.process).substr(0, 15);
  return {loop.kind, loop.name, is_main ? "" : loop.thread};
}

PlaceKey place_key(const model::Frame* frame) {
  if (frame == nullptr) return {"", ""};
  return {detect::function_text(*frame), base_name(frame->file)};
}

int rank_of(Change change) {
  switch (change) {
    case Change::worse: return 0;
    case Change::appeared: return 1;
    case Change::better: return 2;
    case Change::gone: return 3;
    case Change::more: return 4;
    case Change::less: return 5;
    case Change::same: break;
  }
  return 6;
}

std::string change_word(Change change) {
  switch (change) {
    case Change::same: return "same";
    case Change::better: return "better";
    case Change::worse: return "worse";
    case Change::more: return "more";
    case Change::less: return "less";
    case Change::appeared: return "new";
    case Change::gone: return "gone";
  }
  return "";
}

std::string percent_change_text(const Compared& compared) {
  if (!compared.percent) return "";
  const double percent = *compared.percent;
  if (percent >= 1000) return fmt::format("x {}", count_text(whole_count(percent / 100 + 0.5)));
  return fmt::format("{:+.0f} %", percent == 0 ? 0.0 : percent);
}

std::size_t Comparison::findings_that(Change change) const {
  return count_of(findings, [change](const FindingRow& row) {
    return row.change == change && row.severity != Severity::info;
  });
}
std::size_t Comparison::sites_that(Change change) const {
  return count_of(sites, [change](const SiteChange& row) { return row.change == change; });
}
std::size_t Comparison::facts_that(Change change) const {
  return count_of(facts, [change](const FactRow& row) { return row.value.change == change; });
}

bool Comparison::is_worse() const {
  return findings_that(Change::appeared) > 0 || findings_that(Change::worse) > 0 ||
         sites_that(Change::worse) > 0 || facts_that(Change::worse) > 0;
}

Comparison compare(const Contents& base, const Contents& now) { return compare({&base, 1}, {&now, 1}); }

Comparison compare(std::span<const Contents> base, std::span<const Contents> now) {
  const Sides sides(base, now);
  Comparison comparison;
  const auto paths = [](Sides::Side side) {
    std::string text;
    for (const Contents& run : side) text += (text.empty() ? "" : ",") + run.trace.path;
    return text;
  };
  comparison.base_path = paths(base);
  comparison.now_path = paths(now);
  comparison.base_traces = base.size();
  comparison.now_traces = now.size();
  comparison.remarks = remarks_on(sides);
  comparison.facts = compare_facts(sides);
  comparison.findings = compare_findings(sides);
  comparison.sites = compare_sites(sides);
  return comparison;
}

}  // namespace loopscope::report
