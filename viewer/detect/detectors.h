// The detectors, each a pure function in a file of its own name: no clock, no input, no output. Called by
// viewer/analysis in the order of all_detectors(); adding one is its file, its test, a line here and one there.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "viewer/detect/finding.h"
#include "viewer/detect/limits.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

std::vector<Finding> leaked_task(const model::Trace& trace, const Limits& limits);
std::vector<Finding> never_started(const model::Trace& trace, const Limits& limits);
std::vector<Finding> fire_and_forget(const model::Trace& trace, const Limits& limits);
std::vector<Finding> await_cycle(const model::Trace& trace, const Limits& limits);
std::vector<Finding> unhandled_failure(const model::Trace& trace, const Limits& limits);
std::vector<Finding> orphaned_siblings(const model::Trace& trace, const Limits& limits);
std::vector<Finding> ignored_cancellation(const model::Trace& trace, const Limits& limits);
std::vector<Finding> growing_backlog(const model::Trace& trace, const Limits& limits);
std::vector<Finding> backpressure(const model::Trace& trace, const Limits& limits);
std::vector<Finding> blocking_span(const model::Trace& trace, const Limits& limits);
std::vector<Finding> blocking_call(const model::Trace& trace, const Limits& limits);
std::vector<Finding> congestion(const model::Trace& trace, const Limits& limits);
std::vector<Finding> saturated_loop(const model::Trace& trace, const Limits& limits);
std::vector<Finding> pool_saturation(const model::Trace& trace, const Limits& limits);
std::vector<Finding> sequential_awaits(const model::Trace& trace, const Limits& limits);
std::vector<Finding> unbounded_fan_out(const model::Trace& trace, const Limits& limits);
std::vector<Finding> timer_storm(const model::Trace& trace, const Limits& limits);
std::vector<Finding> await_churn(const model::Trace& trace, const Limits& limits);
std::vector<Finding> slow_io(const model::Trace& trace, const Limits& limits);
std::vector<Finding> gc_pressure(const model::Trace& trace, const Limits& limits);
std::vector<Finding> busy_machine(const model::Trace& trace, const Limits& limits);
std::vector<Finding> loop_lag(const model::Trace& trace, const Limits& limits);
std::vector<Finding> incomplete_trace(const model::Trace& trace, const Limits& limits);

struct Detector {
  std::string_view id;       // as in Finding::detector and --fail-on
  std::string_view meaning;  // one line
  std::vector<Finding> (*detect)(const model::Trace& trace, const Limits& limits);
};

std::span<const Detector> all_detectors();

// What all of them say, worst first.
std::vector<Finding> detect_all(const model::Trace& trace, const Limits& limits);

}  // namespace loopscope::detect
