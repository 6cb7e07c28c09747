// Traces of typical programs, for what reports show of them.
#pragma once

#include <vector>

#include "viewer/detect/detectors.h"
#include "viewer/detect/verdict.h"
#include "viewer/model/trace.h"
#include "viewer/report/contents.h"

namespace loopscope::report {

// Like the command line: judged with the default limits.
struct Judged {
  explicit Judged(model::Trace of)
      : trace(std::move(of)),
        findings(detect::detect_all(trace, detect::Limits{})),
        verdict(detect::verdict_on(trace, findings)),
        confounders(detect::confounders(trace, detect::Limits{})) {}
  Contents contents() const { return {trace, findings, verdict, confounders}; }

  model::Trace trace;
  std::vector<detect::Finding> findings;
  detect::Verdict verdict;
  std::vector<detect::Confounder> confounders;
};

// One finding of every detector, each with everything that a finding can have.
Judged everything_at_once();

model::Trace an_editor_that_forgot_timers();
model::Trace a_healthy_server();
model::Trace a_late_server_that_was_killed();
// One long fsync that two tasks waited for, a tick that nobody watched, and a stall that computed.
model::Trace a_server_that_blocks();
// Names longer than a line, wide and invalid characters, terminal escapes; parents in a circle.
model::Trace a_hostile_trace();
model::Trace nothing_at_all();

}  // namespace loopscope::report
