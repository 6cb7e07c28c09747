// blocking-call: calls that block the loop's thread (libc's, recorded because they took longer than they may, and the
// loop library's synchronous ones), by call and place. Each is counted with its own span; a stall that it explains is its
// and no blocking-span.
#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/blocked.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/place.h"
#include "viewer/detect/site_groups.h"
#include "viewer/detect/stall_sorting.h"

namespace loopscope::detect {
namespace {

struct Calls {
  model::SiteIndex site = model::kNoSite;  // of the longest one
  std::uint64_t times = 0;
  Nanos total = 0;
  Nanos worst = 0;
  Time first = kNever, last = 0;
  std::vector<model::TaskIndex> tasks;  // longest first
  Blocked explains;                     // stalls
};

// By place; only what ran on a loop, after its start-up.
std::map<std::uint32_t, Calls> calls_by_place(const model::Trace& trace, const SiteGroups& places) {
  std::map<std::uint32_t, Calls> calls;
  for (const model::Span& span : trace.longest_spans) {
    if (span.task >= trace.tasks.size() || span.loop >= trace.loops.size()) continue;
    const model::SiteIndex site = trace.tasks.site(span.task);
    if (site >= trace.sites.size() || !is_blocking_call(trace.sites[site])) continue;
    if (span.begin < trace.loops[span.loop].first) continue;
    Calls& one = calls[places.of(site)];
    if (one.times++ == 0) one.site = site;
    one.total = add_saturating(one.total, span.duration);
    one.worst = std::max(one.worst, span.duration);
    one.first = std::min(one.first, span.begin);
    one.last = std::max(one.last, add_saturating(span.begin, span.duration));
    if (one.tasks.size() < kMaxExamples) one.tasks.push_back(span.task);
  }
  return calls;
}

std::string advice_for(const std::string& call) {
  if (call.starts_with("uv_")) {
    return fmt::format(
        "{} was called without a callback, so it runs on the loop's thread. Give it a callback.", call);
  }
  if (call.starts_with("pthread_") || call.starts_with("sem_")) {
    return "Another thread holds what is waited for here. Have it hold it for less time, or hand the work "
           "over by a "
           "message.";
  }
  return fmt::format(
      "{} keeps the loop's thread in the kernel. Use the loop's own asynchronous call for it, or a "
      "worker thread.",
      call);
}

Finding blocking(const Calls& calls, const Waits& waits, const model::Trace& trace, const Limits& limits) {
  const model::Site& site = trace.sites[calls.site];
  Finding finding;
  finding.detector = "blocking-call";
  finding.site = calls.site;
  if (!calls.explains.stalls.empty()) tell_cost(calls.explains, waits, trace, limits, finding);
  finding.first = calls.first;
  finding.last = calls.last;
  finding.count = calls.times;
  finding.price = std::max(finding.price, static_cast<double>(calls.total) / 1e9);
  const model::Frame* frame = shown_frame(site);
  const std::string place = frame != nullptr ? frame_text(*frame) : "an unknown place";
  const std::string length = calls.times == 1
                                 ? fmt::format("for {}", duration_text(calls.worst))
                                 : fmt::format("up to {}, {} times, {} in all", duration_text(calls.worst),
                                               calls.times, duration_text(calls.total));
  finding.title = fmt::format("{} in {} blocks the loop {}", site.kind, place, length);
  finding.evidence.insert(finding.evidence.begin(), {{"longest_call", to_ms(calls.worst), "ms"},
                                                     {"calls_total", to_ms(calls.total), "ms"},
                                                     {"calls", static_cast<double>(calls.times), "calls"}});
  if (finding.tasks.empty()) finding.tasks = calls.tasks;
  finding.advice = advice_for(site.kind);
  return finding;
}

}  // namespace

std::vector<Finding> blocking_call(const model::Trace& trace, const Limits& limits) {
  const SiteGroups places(trace);
  std::map<std::uint32_t, Calls> calls = calls_by_place(trace, places);
  const std::vector<SortedStall> sorted = sort_stalls(trace, limits.call_explains);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i].fault != Fault::calls) continue;
    const auto place = calls.find(places.of(sorted[i].call));
    if (place != calls.end()) place->second.explains.add(trace.stalls[i]);
  }
  const Waits waits(trace);
  std::vector<Finding> findings;
  for (const auto& [place, one] : calls) {
    // Many short ones that never amount to a stall are how the program works.
    if (one.explains.stalls.empty() && one.worst < trace.stall_limit) continue;
    findings.push_back(blocking(one, waits, trace, limits));
  }
  return findings;
}

}  // namespace loopscope::detect
