// The variables that ask for a recording, LOOPSCOPE_..., as they are or as they were when the agent was loaded: programs
// clear their environment, and write over its memory to show a title. Any thread.
#pragma once

namespace loopscope {

// nullptr where it was never set, or set to nothing, or where the program has more rights than who started it.
const char* variable(const char* name);

}  // namespace loopscope
