// What holds of every critical path, whatever the trace.
#pragma once

#include "viewer/detect/critical_path.h"
#include "viewer/model/trace.h"

namespace loopscope::testing {

// Segments that follow each other from the request's begin to its end, and sums that are theirs.
void expect_sound(const model::Trace& trace, const detect::CriticalPath& path);

// Of every task of the trace, and of every label's requests; at most `most` of each.
void expect_sound_paths(const model::Trace& trace, std::size_t most);

}  // namespace loopscope::testing
