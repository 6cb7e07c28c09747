#include "viewer/detect/blocked.h"

#include <algorithm>
#include <limits>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/stall_sorting.h"

namespace loopscope::detect {
namespace {

// Of all loops that were held, from the first poll to the last.
Nanos time_of_loops(const Blocked& blocked, const model::Trace& trace) {
  std::set<model::LoopIndex> loops;
  for (const model::Stall* stall : blocked.stalls) loops.insert(stall->loop);
  Nanos time = 0;
  for (const model::LoopIndex loop : loops) {
    const Nanos ran = loop < trace.loops.size()
                          ? subtract_saturating(trace.loops[loop].last, trace.loops[loop].first)
                          : trace.duration();
    time = add_saturating(time, std::max<Nanos>(ran, 0));
  }
  return std::max(time, blocked.total);
}

}  // namespace

void Blocked::add(const model::Stall& stall) {
  stalls.push_back(&stall);
  total = add_saturating(total, std::max<Nanos>(stall.duration, 0));
  worst = std::max(worst, stall.duration);
}

Waits::Waits(const model::Trace& trace) {
  for (const model::Waited& waited : trace.waited) by_blocker_[waited.blocker].push_back(&waited);
}

Waits::Sum Waits::of(const Blocked& blocked) const {
  Sum sum;
  std::unordered_set<model::TaskIndex> seen;
  std::vector<const model::Waited*> all;
  for (const model::Stall* stall : blocked.stalls) {
    const auto found = by_blocker_.find(stall->is_tick ? model::kNoTask : stall->task);
    if (found == by_blocker_.end()) continue;
    for (const model::Waited* waited : found->second) {
      if (waited->from < stall->begin || waited->from > end_of(*stall)) continue;
      all.push_back(waited);
      sum.total = add_saturating(sum.total, waited->waited);
      sum.worst = std::max(sum.worst, waited->waited);
      sum.tasks += seen.insert(waited->task).second;
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const model::Waited* a, const model::Waited* b) { return a->waited > b->waited; });
  for (const model::Waited* waited : all) {
    if (sum.longest.size() == kMaxExamples) break;
    if (seen.erase(waited->task) != 0) sum.longest.push_back({waited->task, waited->waited});
  }
  return sum;
}

Severity severity_of(const Blocked& blocked, const model::Trace& trace, const Limits& limits) {
  const double share = percent_of(blocked.total, time_of_loops(blocked, trace));
  const double worst_ms = to_ms(blocked.worst);
  const bool often = static_cast<double>(blocked.stalls.size()) >= limits.block_times;
  if (worst_ms >= limits.block_critical_ms || (often && share >= limits.block_critical_share)) {
    return Severity::critical;
  }
  return worst_ms >= limits.block_worst_ms || (often && share >= limits.block_share) ? Severity::warning
                                                                                     : Severity::info;
}

std::vector<std::uint32_t> numbers_of(const Blocked& blocked, const model::Trace& trace) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(blocked.stalls.size());
  for (const model::Stall* stall : blocked.stalls) {
    numbers.push_back(static_cast<std::uint32_t>(stall - trace.stalls.data()));
  }
  return numbers;
}

void tell_cost(const Blocked& blocked, const Waits& waits, const model::Trace& trace, const Limits& limits,
               Finding& finding) {
  const Waits::Sum waited = waits.of(blocked);
  finding.severity = severity_of(blocked, trace, limits);
  finding.count = blocked.stalls.size();
  finding.price = static_cast<double>(std::max(waited.total, blocked.total)) / 1e9;
  finding.first = kNever;
  finding.last = std::numeric_limits<Time>::min();
  Nanos cpu = 0, watched = 0;
  std::uint64_t samples = 0, unended = 0;
  for (const model::Stall* stall : blocked.stalls) {
    finding.first = std::min(finding.first, stall->begin);
    finding.last = std::max(finding.last, end_of(*stall));
    samples += stall->samples.size();
    unended += !stall->ended;
    if (stall->cpu == model::Stall::kNotWatched) continue;
    cpu = add_saturating(cpu, stall->cpu);
    watched = add_saturating(watched, stall->duration);
  }
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  auto& evidence = finding.evidence;
  evidence.push_back({"worst", to_ms(blocked.worst), "ms"});
  evidence.push_back({"blocked_total", to_ms(blocked.total), "ms"});
  evidence.push_back({"stalls", number(blocked.stalls.size()), "stalls"});
  evidence.push_back({"share_of_loop", percent_of(blocked.total, time_of_loops(blocked, trace)), "%"});
  if (unended != 0) evidence.push_back({"never_ended", number(unended), "stalls"});
  evidence.push_back({"tasks_that_waited", number(waited.tasks), "tasks"});
  if (waited.tasks != 0) {
    evidence.push_back({"waited_total", to_ms(waited.total), "ms"});
    evidence.push_back({"waited_worst", to_ms(waited.worst), "ms"});
  }
  evidence.push_back({"samples", number(samples), "samples"});
  if (watched > 0) evidence.push_back({"on_processor", std::min(percent_of(cpu, watched), 100.0), "%"});
  finding.waiting = waited.longest;
  finding.stalls = numbers_of(blocked, trace);
  for (const model::Stall* stall : blocked.stalls) {
    if (finding.tasks.size() == kMaxExamples) break;
    const bool known =
        std::find(finding.tasks.begin(), finding.tasks.end(), stall->task) != finding.tasks.end();
    if (stall->task < trace.tasks.size() && !known) finding.tasks.push_back(stall->task);
  }
}

std::string length_text(const Blocked& blocked) {
  if (blocked.stalls.size() == 1) return fmt::format("for {}", duration_text(blocked.worst));
  return fmt::format("up to {}, {} times, {} in all", duration_text(blocked.worst), blocked.stalls.size(),
                     duration_text(blocked.total));
}

}  // namespace loopscope::detect
