// Has a running thread say where it is: a signal, whose handler copies registers and stack and does nothing else.
// Nothing is unwound in the handler: it takes no lock, needs no warm-up and cannot meet an exception or a dlopen half
// way. Watchdog thread, but for the handler.
//
// The watchdog never signals a thread that sleeps in a system call: it would come back early. A thread that goes to
// sleep between the look and the signal would as well, so the handler has it go back to sleep.
#pragma once

#include <cstddef>
#include <cstdint>

#include "agent/record/recorder.h"
#include "agent/stack/thread_image.h"

namespace loopscope::watch {

inline constexpr std::size_t kMostStackBytes = 256 * 1024;

class Interrupt {
 public:
  // Takes a real-time signal that nobody uses; false if there is none.
  bool install();

  // Signals the thread whose state that is. `may_call`: the handler may use a system call that sandboxes forbid. False
  // if the signal is no longer ours, or an answer is still awaited.
  bool ask(const record::ThreadState* whose, std::uint32_t tid, bool may_call);

  // Whose answer is awaited; nullptr if nobody's.
  const record::ThreadState* awaited() const;

  // Waits for the answer, at most that long. False if there is none yet.
  bool wait(std::uint64_t ns);

  // The answer: `at` is the thread's own clock. Good until the next ask().
  stack::ThreadImage image(std::uint64_t& at) const;

  // Does not wait any longer. An answer that comes later is nobody's.
  void give_up();

  int signal_number() const { return signal_; }

 private:
  int signal_ = 0;
};

}  // namespace loopscope::watch
