// What file descriptors are, in words: what woke a loop for a slow tick. Asks the kernel, some ten us a descriptor.
// Watchdog thread, a few times a stall at most.
#pragma once

#include <cstdint>
#include <string>

namespace loopscope::watch {

// "tcp 127.0.0.1:53 from 127.0.0.1:4711 (fd 7)", "listening 0.0.0.0:80 (fd 3)", "timerfd (fd 5)", "/var/log/x (fd 9)".
// Only "fd 7" if it is closed by now, or the process may not look.
std::string descriptor_text(int descriptor);

// The descriptor whose events carry `data`, as /proc/self/fdinfo has it; -1 if there is none, or several.
int descriptor_of(int epoll, std::uint64_t data);

}  // namespace loopscope::watch
