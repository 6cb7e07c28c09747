// The last words of a recording: which traces there are, how much is in them, what to type next. Called by record.
#pragma once

#include <string>
#include <vector>

#include "viewer/cli/record_finish.h"
#include "viewer/cli/record_survivors.h"

namespace loopscope::cli {

// Three lines, and one more for each process that still runs and for each problem. `asked` is the trace as the
// user named it: the command repeats it that way.
// `survivors` matter only if there is no trace: then they are why.
std::string summary_text(const std::vector<FinishedTrace>& traces, const std::vector<Survivor>& survivors,
                         const std::string& program, const std::string& asked);

}  // namespace loopscope::cli
