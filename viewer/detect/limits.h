// Every number at which a detector changes its mind: name, default, unit and why. Set from the command line
// with --limit NAME=VALUE; read by detectors. Plain values, any thread.
#pragma once

#include <span>
#include <string_view>

#include "viewer/base/result.h"

namespace loopscope::detect {

struct Limits {
  // Whole trace.
  double young_share = 10;  // %
  double young_ms = 50;
  double short_trace_ms = 250;
  double exit_ms = 250;
  double exit_share = 2;  // %

  // leaked-task
  double leak_tasks = 3;
  double leak_lifetimes = 3;
  double leak_history = 20;
  double leak_critical = 500;
  double worker_spans = 10;

  // growing-backlog
  double backlog_growth = 20;
  double backlog_subscriptions = 100;
  double backlog_share = 20;       // %
  double backlog_late_share = 25;  // %
  double backlog_confidence = 3.3;
  double backlog_critical = 1000;

  // loop-lag
  double lag_p99_ms = 50;
  double lag_max_ms = 250;
  double lag_critical_p99_ms = 250;
  double lag_critical_max_ms = 1000;
  double lag_samples = 100;

  // blocking-span, blocking-call, congestion
  double block_worst_ms = 100;
  double block_share = 1;  // %
  double block_times = 3;
  double block_critical_ms = 1000;
  double block_critical_share = 10;  // %
  double call_explains = 80;         // %

  // saturated-loop
  double saturated_busy = 95;   // %
  double saturated_share = 20;  // %
  double saturated_ms = 1000;

  // busy-machine
  double machine_share = 5;  // %
  double machine_worst_ms = 250;

  // never-started
  double never_started = 1;

  // fire-and-forget
  double forgotten_tasks = 10;
  double forgotten_share = 5;  // %

  // unhandled-failure
  double unhandled_failures = 3;
  double unhandled_share = 1;  // %

  // orphaned-siblings
  double orphan_grace_ms = 10;
  double orphan_groups = 3;
  double orphan_run_on_ms = 1000;

  // ignored-cancellation
  double cancel_ms = 100;
  double cancel_tasks = 3;
  double cancel_share = 10;  // %

  // backpressure
  double pressure_bytes = 1e6;
  double pressure_values = 8;

  // pool-saturation
  double pool_tasks = 20;
  double pool_wait = 2;  // x run time
  double pool_wait_ms = 50;
  double pool_share = 20;  // %
  double pool_load = 70;   // %

  // sequential-awaits
  double sequential_awaits = 5;
  double sequential_share = 50;  // %
  double sequential_ms = 100;
  double sequential_critical_share = 50;  // %
  double sequential_requests = 20;

  // unbounded-fan-out
  double fan_out_tasks = 100;
  double fan_out_excess = 4;
  double fan_out_ms = 100;
  double fan_out_share = 5;  // %
  double fan_out_critical = 10000;
  double fan_out_critical_share = 50;  // %

  // timer-storm
  double storm_rate = 1000;  // 1/s
  double storm_tick_us = 100;
  double storm_share = 10;  // %
  double storm_ms = 500;
  double storm_timer_ms = 2;

  // await-churn
  double churn_rate = 10'000;
  double churn_life_us = 5;
  double churn_share = 20;    // %
  double churn_overhead = 5;  // %

  // slow-io
  double slow_p99_ms = 250;
  double slow_operations = 10;
  double slow_share = 10;  // %
  double idle_used = 50;   // %

  // gc-pressure
  double gc_share = 10;  // %
  double gc_worst_ms = 100;
  double gc_critical_share = 30;  // %

  // incomplete-trace
  double loss_share = 1;  // %

  // confounders
  double start_share = 10;  // %
  double start_ms = 3000;
  double start_worst_ms = 2000;
  double tracing_share = 10;     // %
  double confounder_share = 50;  // %
};

struct LimitInfo {
  std::string_view name;  // as on the command line
  double Limits::*value;
  std::string_view unit;
  double least;
  double most;
  std::string_view meaning;
  std::string_view why;  // the reason of the default
};

// In the order of Limits.
std::span<const LimitInfo> all_limits();

// `limits` with one of them changed by "NAME=VALUE". The error of an unknown name lists the known ones.
Result<Limits> with_limit(Limits limits, std::string_view setting);

}  // namespace loopscope::detect
