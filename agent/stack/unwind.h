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

// A return address and where it stands.
struct Place {
  std::uint64_t address;
  const std::uint64_t* at;
};

// The return addresses above `frame`, innermost first, until `caller` and the `max_frames` - 1 behind it are there or
// the stack ends. 0 if there are more than `most`, `caller` is not among them, or one of them is not to be found in
// memory (a signal's frame). By steps: some us.
std::uint32_t unwind_places(const void* frame, const void* caller, std::uint32_t max_frames, Place* places,
                            std::uint32_t most);

}  // namespace loopscope::stack
