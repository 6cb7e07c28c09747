// What a symbol is called by people: without version, without what the compiler appended to it, a coroutine's body
// under the name of the coroutine, demangled. Called by module_names. Any thread.
#pragma once

#include <string>

namespace loopscope::symbols {

// "memcpy" for "memcpy@@GLIBC_2.14"; "Queue::push(int)" for "_ZN5Queue4pushEi.part.0" and for the part of a coroutine
// of that name which runs when it is resumed. What destroys a coroutine's frame ends in " [clone .destroy]".
std::string symbol_name(const char* symbol);

}  // namespace loopscope::symbols
