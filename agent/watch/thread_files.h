// What the kernel tells of one thread of this process: what it does, how long it ran and waited for a processor.
// Watchdog thread, whose table of file descriptors holds the files.
#pragma once

#include <cstdint>

#include "agent/stack/private_file.h"

namespace loopscope::watch {

// What a thread does at one moment.
struct Doing {
  enum class What { unknown, running, system_call, outside };  // outside: blocked, but in no system call
  What what = What::unknown;
  std::uint32_t system_call = 0;
  std::uint64_t stack_pointer = 0;
  std::uint64_t program_counter = 0;
  char text[160] = {};  // as the kernel said it: the same text is the same call with the same arguments

  bool same_as(const Doing& other) const;
};

// Both in ns since the thread's start. A thread that waits or runs at the moment may have somewhat more by now.
struct Scheduling {
  std::uint64_t cpu = 0;
  std::uint64_t waited = 0;  // runnable, without a processor
};

// Whether and how a signal may be sent to it.
struct Signalling {
  bool blocked = true;
  bool sandboxed = false;
};

class ThreadFiles {
 public:
  // `tasks`: /proc/self/task. Opened early: who changes its user may no longer open all of them.
  void open(const stack::PrivateFile& tasks, std::uint32_t tid);
  void close();

  // Takes some 50 us: the kernel waits for a thread that runs to be looked at.
  Doing doing() const;
  // False if the kernel does not say.
  bool scheduling(Scheduling& now) const;
  Signalling signalling(int signal) const;

 private:
  stack::PrivateFile call_;
  stack::PrivateFile times_;
  stack::PrivateFile status_;
};

}  // namespace loopscope::watch
