#include "tests/golden/features.h"

#include "tests/support/sample_trace.h"

namespace loopscope::golden {

std::span<const Feature> features() {
  static constexpr Feature kFeatures[] = {
      {"every_event", [] { return testing::sample_trace().bytes(); }},
      {"process_header", process_header},
      {"definitions", definitions},
      {"symbols", symbols},
      {"program_counters", program_counters},
      {"tasks_and_outcomes", tasks_and_outcomes},
      {"task_bytes", task_bytes},
      {"labels", labels},
      {"edges", edges},
      {"gauges_and_pauses", gauges_and_pauses},
      {"loops", loops},
      {"loop_runs", loop_runs},
      {"stalls", stalls},
      {"watched", watched},
      {"woken", woken},
      {"reachability", reachability},
      {"codecs", codecs},
      {"threads_and_epochs", threads_and_epochs},
      {"open_spans", open_spans},
      {"bending_clock", bending_clock},
      {"losses", losses},
      {"torn_tail", torn_tail},
      {"damage", damage},
      {"agent_cost", agent_cost},
      {"pending_summary", pending_summary},
      {"end_exit", end_exit},
      {"end_signal", end_signal},
      {"end_killed", end_killed},
      {"end_stopped", end_stopped},
      {"end_exec", end_exec},
      {"later_minor", later_minor},
      {"later_major", later_major},
  };
  return kFeatures;
}

}  // namespace loopscope::golden
