// A trace file to everything that can be said about it: the only composition of reading, recovering, naming and
// judging. Called by the command line and by the viewer, each on the thread that loads.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "viewer/base/result.h"
#include "viewer/detect/confounders.h"
#include "viewer/detect/finding.h"
#include "viewer/detect/limits.h"
#include "viewer/detect/verdict.h"
#include "viewer/model/trace.h"
#include "viewer/report/contents.h"

namespace loopscope {

namespace symbols {
class KnownNames;
}

struct AnalyzeOptions {
  detect::Limits limits;
  // Told the share (0 .. 1) that is read; false gives up.
  std::function<bool(double)> progress = {};
  // Hold only what is pending, for traces larger than memory: finished tasks are summed up by site. Findings are the
  // same; of the parents of an example, those beyond the first may not be known.
  bool streaming = false;
  // Fill Trace::timeline, for views; never while streaming.
  bool timeline = false;
  // Names from the programs and libraries of this machine, besides those embedded in the trace.
  bool local_symbols = true;
  // For a trace that is read again and again while it grows, from no_names_yet(): what one analysis has looked up there,
  // the next one knows. Of one trace, and for one analysis at a time.
  std::shared_ptr<symbols::KnownNames> known_names = nullptr;
};

std::shared_ptr<symbols::KnownNames> no_names_yet();

// Immutable once made; any thread may read it.
struct Analysis {
  model::Trace trace;
  std::vector<detect::Finding> findings;  // worst first
  detect::Verdict verdict;
  std::vector<detect::Confounder> confounders;

  report::Contents contents() const { return {trace, findings, verdict, confounders}; }
};

// A trace without an end is completed from the ring of its process, if that is still there: the ring that its
// header names, or PATH.ring. The files are not changed. Errors: no readable trace at all.
Result<Analysis> analyze(const std::string& path, const AnalyzeOptions& options);

}  // namespace loopscope
