// An analysis of a trace that a test built, judged with the default limits as the command line does.
#pragma once

#include <utility>

#include "viewer/analysis.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/verdict.h"

namespace loopscope::view {

inline Analysis judged(model::Trace trace) {
  Analysis analysis;
  analysis.trace = std::move(trace);
  analysis.findings = detect::detect_all(analysis.trace, detect::Limits{});
  analysis.verdict = detect::verdict_on(analysis.trace, analysis.findings);
  return analysis;
}

}  // namespace loopscope::view
