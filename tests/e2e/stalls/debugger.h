// gdb makes a running program sleep in the middle of a function, as if a line of it had called usleep().
#pragma once

#include <memory>
#include <string>

#include "tests/e2e/libuv/program.h"

class InjectedSleep {
 public:
  // Attaches, and returns when the next call of `function` (exported by the program or a library of it) on whatever
  // thread is going to sleep.
  InjectedSleep(const Scratch& scratch, int pid, const std::string& function, int sleep_ms);

  // Waits until the sleep is over and the debugger has gone. Fails the test if it did not work.
  void wait();

 private:
  std::unique_ptr<Background> gdb_;
};
