// The other end of a pipe: takes one block at a time, slower than anybody would write. Loop thread.
#pragma once

#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

inline constexpr std::size_t kBlockBytes = 4099;
inline constexpr std::uint64_t kTakeEveryMs = 7;

class SlowReader {
 public:
  // `writer` becomes the near end.
  SlowReader(uv_loop_t* loop, uv_pipe_t& writer) {
    uv_os_sock_t ends[2];
    if (uv_socketpair(SOCK_STREAM, 0, ends, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE) != 0) {
      fputs("no pair of sockets\n", stderr);
      exit(1);
    }
    // What the kernel would keep on the way is no queue of the program's.
    const int small = 1;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    uv_pipe_init(loop, &writer, 0);
    uv_pipe_open(&writer, ends[0]);
    far_ = ends[1];
    uv_timer_init(loop, &timer_);
    timer_.data = this;
    uv_timer_start(
        &timer_, [](uv_timer_t* timer) { static_cast<SlowReader*>(timer->data)->take(); }, kTakeEveryMs,
        kTakeEveryMs);
  }

 private:
  void take() {
    char block[kBlockBytes];
    std::size_t taken = 0;
    while (taken < sizeof block) {
      const ssize_t size = read(far_, block + taken, sizeof block - taken);
      if (size <= 0) return;
      taken += static_cast<std::size_t>(size);
    }
  }

  int far_ = -1;
  uv_timer_t timer_;
};
