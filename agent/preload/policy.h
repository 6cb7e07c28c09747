// Which process records, and when: the environment that `loopscope record` sets up.
//
//   LOOPSCOPE_RECORD=1   record this process as soon as it makes or runs a loop
//   LOOPSCOPE_TRACE=PATH where (read by the agent)
//   LOOPSCOPE_CHILDREN=0 do not follow the programs that this process starts
#pragma once

namespace loopscope::preload {

// LOOPSCOPE_RECORD=1 stood in the environment when the library was loaded.
bool asked_to_record();

// The process that started the recording is this one: false in its forked and vforked children.
bool is_recording_process();

} // namespace loopscope::preload
