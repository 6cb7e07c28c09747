// busy-machine: stalls in which the thread was runnable and had no processor, and loops that the kernel woke late. The
// program is not at fault, and no other detector blames it for them. Always a note: who asks a tool whether a program is
// sick must not hear that the machine is.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/blocked.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/stall_sorting.h"

namespace loopscope::detect {
namespace {

struct Waiting {
  Nanos total = 0;
  Nanos worst = 0;
  std::uint64_t times = 0;
  void add(Nanos wait) {
    total = add_saturating(total, wait);
    worst = std::max(worst, wait);
    ++times;
  }
};

}  // namespace

std::vector<Finding> busy_machine(const model::Trace& trace, const Limits& limits) {
  const std::vector<SortedStall> sorted = sort_stalls(trace, limits.call_explains);
  Blocked stalls;
  Waiting in_stalls, threads, watchdog;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i].fault != Fault::machines) continue;
    stalls.add(trace.stalls[i]);
    in_stalls.add(sorted[i].waited_for_processor);
  }
  for (const model::RunQueueWait& wait : trace.run_queue_waits) {
    (wait.thread == model::RunQueueWait::kWatchdog ? watchdog : threads).add(wait.wait);
  }
  Nanos woken_late = 0;
  for (const model::Loop& loop : trace.loops) woken_late = std::max(woken_late, loop.poll_delay.max());

  // A loop that is woken late now and then is nobody's news.
  const double time = static_cast<double>(trace.duration()) *
                      static_cast<double>(std::max<std::size_t>(trace.loops.size(), 1));
  const double share = time > 0 ? 100 * static_cast<double>(threads.total) / time : 0;
  const bool much = share >= limits.machine_share;
  const bool late = woken_late >= static_cast<Nanos>(limits.machine_worst_ms * 1e6);
  if (stalls.stalls.empty() && !much && !late) return {};

  Finding finding;
  finding.detector = "busy-machine";
  const Nanos worst = std::max({in_stalls.worst, threads.worst, woken_late});
  finding.title =
      fmt::format("The machine was busy: loops had to wait up to {} for a processor", duration_text(worst));
  finding.evidence = {{"stalls_by_machine", static_cast<double>(stalls.stalls.size()), "stalls"},
                      {"waited_in_stalls", to_ms(in_stalls.total), "ms"},
                      {"run_queue_wait_total", to_ms(threads.total), "ms"},
                      {"run_queue_wait_worst", to_ms(std::max(threads.worst, in_stalls.worst)), "ms"},
                      {"woken_late_worst", to_ms(woken_late), "ms"},
                      {"watchdog_late_worst", to_ms(watchdog.worst), "ms"}};
  finding.first = trace.begin;
  finding.last = trace.end;
  if (!stalls.stalls.empty()) {
    finding.first = kNever;
    finding.last = trace.begin;
    for (const model::Stall* stall : stalls.stalls) {
      finding.first = std::min(finding.first, stall->begin);
      finding.last = std::max(finding.last, add_saturating(stall->begin, stall->duration));
    }
  }
  finding.count = std::max(stalls.stalls.size(), std::size_t{1});
  finding.price = static_cast<double>(in_stalls.total) / 1e9;
  finding.stalls = numbers_of(stalls, trace);
  finding.advice =
      "The program is not at fault: its threads were runnable while others had the processors. Look for "
      "other load on "
      "the machine, or a CPU quota that is too small, before changing the program.";
  return {finding};
}

}  // namespace loopscope::detect
