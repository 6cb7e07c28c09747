// Whom each finding hit, by the labels of tasks: filled in one place for all detectors, after they ran. Called by
// detect_all. Pure, any thread.
#pragma once

#include <vector>

#include "viewer/detect/finding.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

// Fills Finding::contexts. Of a finding that is made of stalls: the tasks that stalled, and those that waited meanwhile. Of
// another one: the tasks of its place while it lasted (the unfinished ones, where that is what it is about), or those that
// it names if it has no place. Nothing changes in a trace without labels.
void name_contexts(const model::Trace& trace, std::vector<Finding>& findings);

}  // namespace loopscope::detect
