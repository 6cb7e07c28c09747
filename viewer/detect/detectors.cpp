#include "viewer/detect/detectors.h"

#include <array>
#include <iterator>

namespace loopscope::detect {
namespace {

constexpr std::array<Detector, 10> kDetectors{{
    {"leaked-task", "one-shot tasks pending far beyond what is usual at their place", leaked_task},
    {"never-started", "coroutines that were created and never ran", never_started},
    {"growing-backlog", "places whose pending count keeps rising", growing_backlog},
    {"blocking-span", "callbacks that hold the loop too long, and the line that does it", blocking_span},
    {"blocking-call", "calls that block the loop's thread, by call and place", blocking_call},
    {"congestion", "long ticks without a long callback: too many short ones", congestion},
    {"saturated-loop", "loops that have next to no idle time", saturated_loop},
    {"busy-machine", "the machine, not the program, made loops late", busy_machine},
    {"loop-lag", "loops that run what is due too late", loop_lag},
    {"incomplete-trace", "what is missing from the trace, and which numbers it touches", incomplete_trace},
}};

}  // namespace

std::span<const Detector> all_detectors() { return kDetectors; }

std::vector<Finding> detect_all(const model::Trace& trace, const Limits& limits) {
  std::vector<Finding> all;
  for (const Detector& detector : kDetectors) {
    std::vector<Finding> some = detector.detect(trace, limits);
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  sort_worst_first(all);
  return all;
}

}  // namespace loopscope::detect
