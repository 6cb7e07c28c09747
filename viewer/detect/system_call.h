// Names of Linux x86-64 system calls, the machine that traces come from. Pure.
#pragma once

#include <string>

namespace loopscope::detect {

// "fsync"; "system call 1234" for a number without a name here; "" for a negative one: none.
std::string system_call_text(int number);

}  // namespace loopscope::detect
