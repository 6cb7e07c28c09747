#include "viewer/detect/detectors.h"

#include <array>
#include <iterator>

#include "viewer/detect/confounders.h"
#include "viewer/detect/finding_contexts.h"

namespace loopscope::detect {
namespace {

constexpr auto kDetectors = std::to_array<Detector>({
    {"leaked-task", "one-shot tasks pending far beyond what is usual at their place", leaked_task},
    {"never-started", "coroutines that were created and never ran", never_started},
    {"fire-and-forget", "tasks that nobody awaits and that outlive who started them", fire_and_forget},
    {"await-cycle", "tasks that wait for each other: they never go on", await_cycle},
    {"unhandled-failure", "failures that nobody awaited or observed", unhandled_failure},
    {"orphaned-siblings", "siblings that run on after a failure gave up their group", orphaned_siblings},
    {"ignored-cancellation", "tasks that went on after they were asked to stop", ignored_cancellation},
    {"growing-backlog", "places whose pending count keeps rising", growing_backlog},
    {"backpressure", "producers that outrun their consumers: queues that grow", backpressure},
    {"blocking-span", "callbacks that hold the loop too long, and the line that does it", blocking_span},
    {"blocking-call", "calls that block the loop's thread, by call and place", blocking_call},
    {"congestion", "long ticks without a long callback: too many short ones", congestion},
    {"saturated-loop", "loops that have next to no idle time", saturated_loop},
    {"pool-saturation", "work that waits longer for a thread of a pool than it runs", pool_saturation},
    {"sequential-awaits", "similar tasks awaited one by one that could run at once", sequential_awaits},
    {"unbounded-fan-out", "many tasks started at once, more than run faster for it", unbounded_fan_out},
    {"timer-storm", "loops that spin without waiting, timers that re-arm at zero", timer_storm},
    {"await-churn", "places that start very many tiny tasks", await_churn},
    {"slow-io", "idle loops whose requests are slow: what they wait for", slow_io},
    {"gc-pressure", "pauses of a runtime, and what they take of the busy time", gc_pressure},
    {"busy-machine", "the machine, not the program, made loops late", busy_machine},
    {"loop-lag", "loops that run what is due too late", loop_lag},
    {"incomplete-trace", "what is missing from the trace, and which numbers it touches", incomplete_trace},
});

}  // namespace

std::span<const Detector> all_detectors() { return kDetectors; }

std::vector<Finding> detect_all(const model::Trace& trace, const Limits& limits) {
  std::vector<Finding> all;
  for (const Detector& detector : kDetectors) {
    std::vector<Finding> some = detector.detect(trace, limits);
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  lower_what_is_explained(all, trace, limits);
  sort_worst_first(all);
  name_contexts(trace, all);
  return all;
}

}  // namespace loopscope::detect
