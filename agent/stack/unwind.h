// Return addresses of the calling thread's stack. libunwind, opened privately: linking it would replace the
// host's exception unwinder. Called by record on host threads.
#pragma once

#include <cstdint>

namespace loopscope::stack {

// Opens libunwind. Allocates; once, at start. False if it is not installed: stacks are then one frame.
bool prepare_unwinding();

// Up to `max` return addresses, innermost first, beginning with `from` (an address that is on the stack: what
// is inside of it, our own frames, is left out). At least that one. `truncated`: there is more.
// About 8 ns a frame once the code has been seen; may take the loader's lock for code never seen before.
std::uint32_t capture(const void* from, std::uint64_t* frames, std::uint32_t max, bool& truncated);

}  // namespace loopscope::stack
