// The recorded program as a child: started as a shell would start it, signals passed on, job control followed.
// Called by record on the main thread; there is no other.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "viewer/base/result.h"

namespace loopscope::cli {

struct ChildEnd {
  bool exited = false;
  int exit_code = 0;
  int signal = 0;  // != 0: killed by it
  // For our own exit: the program's code, or 128 + signal as shells have it.
  int status() const { return exited ? exit_code : 128 + signal; }
};

// From its construction to its destruction signals to this process wait for wait(), so that none is lost
// between fork and exec; the child starts with the signal mask and dispositions that we were started with.
class Child {
 public:
  Child();
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Forks and executes; the child inherits what a program inherits from its shell and nothing of ours.
  // An error means that the program did not start.
  Result<pid_t> start(const std::string& path, const std::vector<std::string>& arguments,
                      const std::vector<std::string>& environment);

  // Until it ends. Signals sent to us are sent on to it. What the terminal sends, it sends to the whole group,
  // so that is not repeated. When job control stops the child, this process stops too. `tick` runs about every
  // `interval`; 0: never.
  ChildEnd wait(std::chrono::milliseconds interval, const std::function<void()>& tick);

 private:
  struct Signals;
  bool collect(ChildEnd& end);
  void stop_with_child(int signal);
  void continue_if_left_behind();
  void pass_on(int signal, int code, pid_t sender);

  pid_t pid_ = 0;
  Signals* signals_;
};

}  // namespace loopscope::cli
