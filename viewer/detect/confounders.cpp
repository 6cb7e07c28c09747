#include "viewer/detect/confounders.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/loops.h"
#include "viewer/detect/overdue.h"

namespace loopscope::detect {
namespace {

// What recording one event costs its thread, by tests/bench (docs/performance.md): a libuv timer's start and callback or a
// coroutine's whole life, by how many events they are. Rather little than much: it excuses findings.
constexpr Nanos kCostOfEvent = 15;

// Delays that the kernel counted from which a percentile of them counts.
constexpr std::uint64_t kEnoughDelays = 20;

Time end_of(const model::Stall& stall) {
  return add_saturating(stall.begin, std::max<Nanos>(stall.duration, 0));
}

// ---- the machine ----

struct Machine {
  double share = 0;      // %: of the loops' time, runnable without a processor
  Nanos worst_wait = 0;  // of those
  Nanos usual_wait = 0;  // their mean
  Nanos woken_p99 = 0;   // how late the kernel woke the loop that it woke latest
  Nanos watchdog = 0;    // how late the watchdog itself was at worst
  // What an operation of any kind has to reckon with.
  Nanos delay() const { return std::max(usual_wait, woken_p99); }
};

Machine machine_of(const model::Trace& trace) {
  Machine machine;
  Nanos total = 0;
  std::uint64_t times = 0;
  for (const model::RunQueueWait& wait : trace.run_queue_waits) {
    const Nanos waited = std::max<Nanos>(wait.wait, 0);
    if (wait.thread == model::RunQueueWait::kWatchdog) {
      machine.watchdog = std::max(machine.watchdog, waited);
      continue;
    }
    total = add_saturating(total, waited);
    machine.worst_wait = std::max(machine.worst_wait, waited);
    ++times;
  }
  if (times > 0) machine.usual_wait = total / static_cast<Nanos>(times);
  const double loops = static_cast<double>(std::max<std::size_t>(trace.loops.size(), 1));
  const double time = static_cast<double>(elapsed(trace.begin, trace.end)) * loops;
  if (time > 0) machine.share = 100 * static_cast<double>(total) / time;
  for (const model::Loop& loop : trace.loops) {
    if (loop.poll_delay.count() >= kEnoughDelays)
      machine.woken_p99 = std::max(machine.woken_p99, loop.poll_delay.quantile(0.99));
  }
  return machine;
}

bool is_contended(const Machine& machine, const Limits& limits) {
  return machine.share >= limits.machine_share || to_ms(machine.worst_wait) >= limits.machine_worst_ms ||
         to_ms(machine.woken_p99) >= limits.lag_p99_ms;
}

std::string machine_text(const Machine& machine) {
  std::string text = fmt::format(
      "The machine was busy: threads were runnable without a processor for {} of the loops' time, {} at "
      "worst",
      percent_text(machine.share / 100), duration_text(machine.worst_wait));
  if (machine.woken_p99 > 0)
    text +=
        fmt::format(", and one in a hundred waits of a loop ended {} late", duration_text(machine.woken_p99));
  return text + ".";
}

// ---- the program's start and end ----

// A loop's start is over at this time.
Time start_end(const model::Trace& trace, model::LoopIndex loop, const Limits& limits) {
  if (loop >= trace.loops.size()) return trace.begin;
  const Time first = trace.loops[loop].first;
  const double length = static_cast<double>(elapsed(first, trace.end)) * limits.start_share / 100;
  return add_saturating(first, std::min(static_cast<Nanos>(length), from_ms(limits.start_ms)));
}

bool is_at_start(const model::Trace& trace, const model::Stall& stall, const Limits& limits) {
  return stall.loop < trace.loops.size() && end_of(stall) <= start_end(trace, stall.loop, limits);
}

// The loop never polled again, and the program ended in good order.
bool is_at_end(const model::Trace& trace, const model::Stall& stall) {
  return trace.end_reason == model::EndReason::exit && stall.loop < trace.loops.size() &&
         trace.loops[stall.loop].ticks > 0 && stall.begin >= trace.loops[stall.loop].last;
}

struct Stalls {
  std::uint64_t times = 0;
  Nanos worst = 0;
  Time end = 0;
  void add(const model::Stall& stall) {
    ++times;
    worst = std::max(worst, stall.duration);
    end = std::max(end, end_of(stall));
  }
};

// ---- the recording ----

Nanos busy_time(const model::Trace& trace) {
  Nanos busy = busy_of_loops(trace);
  if (busy > 0) return busy;
  for (const model::Site& site : trace.sites) busy = add_saturating(busy, std::max<Nanos>(site.run_ns, 0));
  return std::min(busy, elapsed(trace.begin, trace.end));
}

struct Tracing {
  Nanos cost = 0;
  double share = 0;  // % of the busy time
};

Tracing tracing_of(const model::Trace& trace) {
  Tracing tracing;
  constexpr auto kMost = static_cast<std::uint64_t>(kNever / kCostOfEvent);
  tracing.cost = static_cast<Nanos>(std::min(trace.events, kMost)) * kCostOfEvent;
  tracing.share = std::min(percent_of(tracing.cost, busy_time(trace)), 100.0);
  return tracing;
}

std::string tracing_text(const model::Trace& trace, const Tracing& tracing) {
  return fmt::format("Recording {} takes about {}, {} of the busy time.",
                     plural_text(trace.events, "event", "events"), duration_text(tracing.cost),
                     percent_text(tracing.share / 100));
}

// ---- what explains a finding ----

// Which confounders may explain what a detector says.
struct Rule {
  std::string_view detector;
  bool by_start = false;
  bool by_end = false;
  // The time, as named in the evidence, of which the machine's delay has to be a good part; "": never.
  std::string_view machine_explains;
  bool by_waits = false;  // the loop's busy time, of which it waited for a processor
  bool by_tracing = false;
};

constexpr auto kRules = std::to_array<Rule>({
    {"blocking-span", true, true, "", false, false},
    {"blocking-call", true, true, "", false, false},
    {"congestion", true, true, "", false, true},
    {"loop-lag", true, false, "", false, false},
    {"gc-pressure", true, false, "", false, false},
    {"saturated-loop", false, false, "", true, true},
    {"slow-io", false, false, "lifetime_p99", false, false},
    {"pool-saturation", false, false, "queue_delay_p99", false, false},
});

double evidence_of(const Finding& finding, std::string_view name) {
  for (const Evidence& one : finding.evidence) {
    if (one.name == name) return one.value;
  }
  return 0;
}

// All of it lies in the start, and it was bearable.
bool start_explains(const model::Trace& trace, const Finding& finding, const Limits& limits) {
  if (!finding.stalls.empty()) {
    return std::all_of(finding.stalls.begin(), finding.stalls.end(), [&](std::uint32_t at) {
      return at < trace.stalls.size() && is_at_start(trace, trace.stalls[at], limits) &&
             to_ms(trace.stalls[at].duration) <= limits.start_worst_ms;
    });
  }
  const model::LoopIndex loop = finding.loop != model::kNoLoop || trace.loops.empty() ? finding.loop : 0;
  if (loop >= trace.loops.size() || trace.loops[loop].ticks == 0) return false;
  const double worst = std::max(evidence_of(finding, "lag_max"), evidence_of(finding, "paused_worst"));
  return finding.last <= start_end(trace, loop, limits) && worst <= limits.start_worst_ms;
}

bool end_explains(const model::Trace& trace, const Finding& finding) {
  return !finding.stalls.empty() &&
         std::all_of(finding.stalls.begin(), finding.stalls.end(), [&](std::uint32_t at) {
           return at < trace.stalls.size() && is_at_end(trace, trace.stalls[at]);
         });
}

// How much of its loop's busy time the loop's thread had no processor, in %.
double waits_of_loop(const model::Trace& trace, const Finding& finding) {
  if (finding.loop >= trace.loops.size()) return 0;
  const model::Loop& loop = trace.loops[finding.loop];
  Nanos waited = 0;
  for (const model::RunQueueWait& wait : trace.run_queue_waits) {
    if (wait.thread < trace.threads.size() && loop.tid != 0 && trace.threads[wait.thread].tid == loop.tid)
      waited = add_saturating(waited, std::max<Nanos>(wait.wait, 0));
  }
  return percent_of(waited, loop.busy_ns);
}

std::optional<std::string> reason_of(const model::Trace& trace, const Finding& finding,
                                     const Limits& limits) {
  const auto rule = std::find_if(kRules.begin(), kRules.end(),
                                 [&](const Rule& one) { return one.detector == finding.detector; });
  if (rule == kRules.end()) return {};
  if (rule->by_start && start_explains(trace, finding, limits)) {
    return fmt::format(
        "It is the program's start: it was over {} after the recording began, and never came again.",
        duration_text(elapsed(trace.begin, finding.last)));
  }
  if (rule->by_end && end_explains(trace, finding))
    return "It is the program's end: the loop did not go on behind it, so that nobody waited.";
  if (!rule->machine_explains.empty()) {
    const Machine machine = machine_of(trace);
    const double time = evidence_of(finding, rule->machine_explains);
    if (is_contended(machine, limits) && time > 0 &&
        to_ms(machine.delay()) * 100 >= time * limits.confounder_share)
      return machine_text(machine);
  }
  if (rule->by_waits) {
    const double waits = waits_of_loop(trace, finding);
    if (waits >= limits.confounder_share) {
      return fmt::format("The machine was busy: the loop's thread had no processor for {} of its busy time.",
                         percent_text(std::min(waits, 100.0) / 100));
    }
  }
  if (rule->by_tracing) {
    const Tracing tracing = tracing_of(trace);
    if (tracing.share >= limits.confounder_share) return tracing_text(trace, tracing);
  }
  return {};
}

}  // namespace

std::vector<Confounder> confounders(const model::Trace& trace, const Limits& limits) {
  std::vector<Confounder> found;
  const Machine machine = machine_of(trace);
  if (is_contended(machine, limits)) found.push_back({"machine-contention", machine_text(machine)});
  Stalls at_start, at_end;
  for (const model::Stall& stall : trace.stalls) {
    if (is_at_start(trace, stall, limits)) at_start.add(stall);
    if (is_at_end(trace, stall)) at_end.add(stall);
  }
  // Shorter ones are nobody's news.
  const auto tells = [&](const Stalls& stalls) { return to_ms(stalls.worst) >= limits.block_worst_ms; };
  const auto text_of = [](const Stalls& stalls) {
    return fmt::format("{} of up to {} {}", plural_text(stalls.times, "stall", "stalls"),
                       duration_text(stalls.worst), stalls.times == 1 ? "belongs" : "belong");
  };
  if (tells(at_start)) {
    found.push_back(
        {"start-up", fmt::format("{} to the program's start, within {} of the recording.", text_of(at_start),
                                 duration_text(elapsed(trace.begin, at_start.end)))});
  }
  if (tells(at_end)) {
    found.push_back(
        {"shutdown", fmt::format("{} to the program's end, behind its loop's last poll.", text_of(at_end))});
  }
  if (const Tracing tracing = tracing_of(trace); tracing.share >= limits.tracing_share)
    found.push_back({"tracing-cost", tracing_text(trace, tracing)});
  const Nanos duration = elapsed(trace.begin, trace.end);
  if (to_ms(duration) < limits.short_trace_ms && (trace.events > 0 || !trace.loops.empty())) {
    found.push_back(
        {"short-trace", fmt::format("The trace is only {} long: what is usual cannot be told from it.",
                                    duration_text(duration))});
  }
  return found;
}

void lower_what_is_explained(std::vector<Finding>& findings, const model::Trace& trace,
                             const Limits& limits) {
  for (Finding& finding : findings) {
    if (finding.severity == Severity::info) continue;
    const std::optional<std::string> reason = reason_of(trace, finding, limits);
    if (!reason) continue;
    finding.severity = Severity::info;
    finding.advice = *reason + " " + finding.advice;
  }
}

}  // namespace loopscope::detect
