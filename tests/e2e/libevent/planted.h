// A sleep that a debugger put into a callback of a program without names of its own, and what the report says of it.
#pragma once

#include <string>

// The longest stall lasted as long as the sleep, in `function` of a library, which a function of `program` had called in a
// callback of libevent's loop, in a task of that kind; and the finding names the place in the program.
void expect_sleep_in(const std::string& trace_path, int sleep_ms, const std::string& function,
                     const std::string& program, const std::string& kind);
