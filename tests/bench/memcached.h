// A memcached of our own, and clients that keep it busy: what a server on libevent does with and without the agent.
#pragma once

#include <sys/types.h>
#include <string>

#include "tests/bench/process.h"

namespace loopscope::bench {

// The path of the program; "" if it is not installed.
std::string find_memcached();

class Memcached {
 public:
  // Started behind `before`, the words of a command that runs it, with two threads, and listening when this returns.
  // Ends the process with a message if it does not.
  Memcached(const std::string& program, const Texts& before);
  ~Memcached();
  Memcached(const Memcached&) = delete;
  Memcached& operator=(const Memcached&) = delete;

  // Four clients, each with its connection, one question after the other: a set, then nine gets. Gives operations a second.
  static constexpr int kClients = 4;
  double serve(int operations_each) const;

  // That the whole process has used since it began, the agent's threads included.
  double cpu_ns() const;

 private:
  pid_t started_;
  pid_t server_;
  int port_;
};

}  // namespace loopscope::bench
