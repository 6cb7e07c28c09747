// Which process records, and when: the environment that `loopscope record` sets up.
//
//   LOOPSCOPE_RECORD=1   record this process as soon as it makes or runs a loop
//   LOOPSCOPE_TRACE=PATH where (read by the agent)
//   LOOPSCOPE_CHILDREN=0 do not follow the programs that this process starts
#pragma once

namespace loopscope::preload {

// LOOPSCOPE_RECORD=1 stood in the environment when it was asked for first.
bool asked_to_record();

}  // namespace loopscope::preload
