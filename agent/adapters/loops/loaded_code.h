// Whose code a function is: asked by adapters when they look for what stands behind their hooks. Any thread; takes the
// dynamic linker's lock.
#pragma once

#include "agent/adapters/loops/entered.h"

namespace loopscope::loops {

// From the first to the last executable segment of the library, or the program, that the address lies in; empty if in none.
AddressRange code_around(const void* address);

// It lies in a library of ours: one that is preloaded and linked must not record what the other one did. nullptr does not.
bool is_hook_of_ours(const void* function);

}  // namespace loopscope::loops
