// All threads of the program standing still, with their registers known: a process beside this one, which shares its
// memory, stops them as a debugger does. No signal reaches them. The prover's thread, which is not held, and may neither
// allocate nor take a lock meanwhile, since a thread that is held may have it.
//
// A system call that waits goes on waiting afterwards, but for those that the kernel ends early whenever a process is
// stopped and goes on (signal(7)): of these, epoll_wait without a time limit is made again, and one with a time limit
// ends early with EINTR, as it does after job control.
#pragma once

#include <cstdint>

#include <atomic>

#include "agent/reach/case.h"

namespace loopscope::reach {

class HeldThreads {
 public:
  HeldThreads() = default;
  ~HeldThreads() { release(); }
  HeldThreads(const HeldThreads&) = delete;
  HeldThreads& operator=(const HeldThreads&) = delete;

  // Holds all threads but the agent's own, and adds their registers and stacks to the case. False if that is not allowed
  // or takes too long: then none is held.
  bool hold(Case& of, std::uint64_t until_ns);
  // Lets them go on. False if they had to be let go before: whoever holds them does so for a second at most.
  bool release();

 private:
  // How it stands between the prover and the process that holds.
  enum Stage : std::uint32_t { kWaits = 0, kStart, kHolds, kFailed, kRelease };

  static int run(void* self);
  void hold_all();
  bool hold_new_ones(bool& found);
  bool hold_one(int tid);
  bool read_registers(int tid);
  void let_go();
  void set_stage(Stage stage);
  bool wait_while(Stage stage, std::uint64_t until_ns);

  static constexpr std::uint32_t kMostThreads = Case::kMostStacks;
  struct Held {
    int tid;
    int signal;  // that it is about to get
  };

  Case* case_ = nullptr;
  std::uint64_t until_ns_ = 0;
  int process_ = 0;  // the program's
  int holder_ = 0;
  bool said_who_may_trace_ = false;
  std::atomic<std::uint32_t> stage_{kWaits};  // futex
  std::uint32_t count_ = 0;
  Held* held_ = nullptr;
  void* stack_ = nullptr;
};

// The threads of this process that are not the agent's; 0 if /proc does not tell.
std::uint32_t threads_of_the_program();

// Whether a thread waits as the caller of a check does, now or very soon. Else it runs a handler of some signal.
bool comes_to_wait(int tid);

}  // namespace loopscope::reach
