// Files that a process of the recording opened early, in case it was to run a loop, and never came to use: it was
// killed, or became another program. They are empty. Called by record_finish.
#pragma once

#include <cstdint>

#include "viewer/cli/record_traces.h"

namespace loopscope::cli {

// Removes empty traces and rings that are not older than `since_unix_ns` and that no process has open.
void remove_leftovers(const Recording& recording, std::int64_t since_unix_ns);

}  // namespace loopscope::cli
