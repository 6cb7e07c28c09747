// What a report is about: borrowed from an Analysis, which outlives the report.
#pragma once

#include <span>
#include <vector>

#include "viewer/detect/confounders.h"
#include "viewer/detect/finding.h"
#include "viewer/detect/verdict.h"
#include "viewer/model/trace.h"
#include "viewer/report/asked.h"

namespace loopscope::report {

struct Contents {
  const model::Trace& trace;
  const std::vector<detect::Finding>& findings;  // worst first
  const detect::Verdict& verdict;
  std::span<const detect::Confounder> confounders = {};
  const Asked* asked = nullptr;  // nullptr: nothing
};

}  // namespace loopscope::report
