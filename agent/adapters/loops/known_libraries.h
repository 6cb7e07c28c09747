// What a loop is called, by the code that waits. Host threads, once a place; lock-free.
#pragma once

namespace loopscope::loops {

struct Waiter {
  const char* kind;  // a known library's, such as "glib"; nullptr: of no library that is known for loops
  const char*
      library;  // the name of the file that the code lies in; nullptr: the program itself. Lives with it
  bool is_program;
};

// Whose code `caller` is.
Waiter waiter_at(const void* caller);

}  // namespace loopscope::loops
