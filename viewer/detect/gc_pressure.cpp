// gc-pressure: pauses that a runtime told of (garbage collection), by kind, and what they take of the loops' busy time.
// A pause is part of a busy time: nothing else runs on its thread.
#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/loops.h"
#include "viewer/detect/overdue.h"

namespace loopscope::detect {
namespace {

struct Pauses {
  std::uint64_t times = 0;
  Nanos total = 0;
  Nanos worst = 0;
  void add(Nanos duration) {
    ++times;
    total = add_saturating(total, duration);
    worst = std::max(worst, duration);
  }
};

// "gc_mark_sweep" of "GC (mark-sweep)".
std::string key_of(const std::string& kind) {
  std::string key;
  for (const char letter : kind) {
    const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0;
    if (plain) key += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    if (!plain && !key.empty() && key.back() != '_') key += '_';
  }
  while (!key.empty() && key.back() == '_') key.pop_back();
  return key.empty() ? "unnamed" : key;
}

// Of the loops; of the whole trace where no loop was recorded.
Nanos busy_time(const model::Trace& trace) {
  const Nanos busy = busy_of_loops(trace);
  return busy > 0 ? busy : elapsed(trace.begin, trace.end);
}

}  // namespace

std::vector<Finding> gc_pressure(const model::Trace& trace, const Limits& limits) {
  Pauses all;
  std::map<std::string, Pauses> by_kind;
  Time first = kNever;
  Time last = trace.begin;
  for (const model::Pause& pause : trace.pauses) {
    const Nanos duration = std::max<Nanos>(pause.duration, 0);
    all.add(duration);
    by_kind[key_of(pause.kind)].add(duration);
    first = std::min(first, pause.begin);
    last = std::max(last, add_saturating(pause.begin, duration));
  }
  if (all.times == 0) return {};
  const Nanos busy = std::max({busy_time(trace), all.total, Nanos{1}});
  const double share = 100 * static_cast<double>(all.total) / static_cast<double>(busy);
  // A share of next to no work is no pressure: they must take a hundredth of the whole time as well.
  const bool much = share >= limits.gc_share && all.total * 100 >= elapsed(trace.begin, trace.end);
  const bool long_one = to_ms(all.worst) >= limits.gc_worst_ms;
  if (!much && !long_one) return {};

  Finding finding;
  finding.detector = "gc-pressure";
  finding.severity = much && share >= limits.gc_critical_share ? Severity::critical : Severity::warning;
  finding.title = fmt::format("Pauses of the runtime take {} of the busy time, the longest {}",
                              percent_text(share / 100), duration_text(all.worst));
  finding.evidence = {{"pauses", static_cast<double>(all.times), "pauses"},
                      {"paused_total", to_ms(all.total), "ms"},
                      {"paused_worst", to_ms(all.worst), "ms"},
                      {"share_of_busy", share, "%"}};
  for (const auto& [kind, pauses] : by_kind) {
    if (finding.evidence.size() >= 16) break;
    finding.evidence.push_back({kind + "_times", static_cast<double>(pauses.times), "pauses"});
    finding.evidence.push_back({kind + "_total", to_ms(pauses.total), "ms"});
    finding.evidence.push_back({kind + "_worst", to_ms(pauses.worst), "ms"});
  }
  finding.first = first;
  finding.last = last;
  finding.count = all.times;
  finding.price = static_cast<double>(all.total) / 1e9;
  if (to_ms(elapsed(trace.begin, trace.end)) < limits.short_trace_ms) {
    finding.severity = Severity::info;
    finding.advice = fmt::format("Not enough evidence: the trace is only {} long. Record for longer.",
                                 duration_text(elapsed(trace.begin, trace.end)));
    return {finding};
  }
  finding.advice =
      much ? "Less has to be collected where less is allocated for a moment: reuse buffers and objects on "
             "the hot path, "
             "and look for what is kept too long. A larger young generation or heap makes collections rarer."
           : "One collection alone holds the loop for that long: look for one large, long-lived heap that is "
             "gone "
             "through at once, or give the heap more room.";
  return {finding};
}

}  // namespace loopscope::detect
