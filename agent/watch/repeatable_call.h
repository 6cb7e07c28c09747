// Which system call a thread has just come back from, read off the code in front of it, where that call may be made
// again as it was. In a signal handler, on the interrupted thread: reads memory and nothing else.
#pragma once

#include <cstdint>

namespace loopscope::watch {

// The number of the call that ended right before `after`, an address in code, with the stack pointer `stack`. -1 if there
// is none, if it may not be made again, or if its number cannot be told: it has to stand in the code as a constant, either
// in front of the instruction, as in libc's own functions, or in front of a call of libc's `syscall`.
std::int64_t repeatable_call_before(std::uintptr_t after, std::uintptr_t stack);

}  // namespace loopscope::watch
