// What code itself says where unwind tables need a register that nobody knows: whether there is a call in front of an
// address and of which function, how far the frame pointer is from the stack pointer. Watchdog thread.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/stack/own_memory.h"

namespace loopscope::stack {

enum class CallBefore {
  none,     // no call ends there, or one of another function
  unknown,  // of whatever a register or a table said
  of_it,    // of that function
};

// `address`: a possible return address, in code. `function`: where the function begins.
CallBefore call_before(std::uint64_t address, std::uint64_t function, OwnMemory& memory);

// Whether there is any call in front of it.
bool is_behind_call(std::uint64_t address, OwnMemory& memory);

// In a function that begins by setting up a frame pointer and a frame of fixed size: frame pointer minus stack pointer,
// in its body. Nothing if it begins otherwise; wrong if it also takes stack as it goes (alloca).
std::optional<std::uint64_t> frame_bytes(std::uint64_t function, OwnMemory& memory);

}  // namespace loopscope::stack
