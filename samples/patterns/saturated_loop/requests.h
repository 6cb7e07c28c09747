// Requests through a pipe from a thread that sends the next one as soon as there is room: each takes 3 ms on the loop.
#pragma once

#include <fcntl.h>
#include <unistd.h>
#include <uv.h>

#include <cstdint>

#include "samples/patterns/work.h"

namespace requests {

constexpr double kWorkMs = 3;

struct Source {
  int read_end = -1;
  int write_end = -1;
  std::uint64_t pause_us = 0;
  int count = 0;
};

inline void send_all(void* argument) {
  const auto* source = static_cast<Source*>(argument);
  for (int i = 0; i < source->count; ++i) {
    const char request = 'r';
    if (write(source->write_end, &request, 1) != 1) break;
    if (source->pause_us != 0) usleep(static_cast<useconds_t>(source->pause_us));
  }
  close(source->write_end);
}

// A request every `pause_us`, 0: as fast as they are taken.
inline void serve(std::uint64_t pause_us, int count) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  fcntl(ends[1], F_SETPIPE_SZ, 4096);
  Source source{ends[0], ends[1], pause_us, count};
  uv_poll_t readable;
  readable.data = &source;
  uv_poll_init(uv_default_loop(), &readable, ends[0]);
  uv_poll_start(&readable, UV_READABLE, [](uv_poll_t* poll, int, int) {
    char request = 0;
    if (read(static_cast<Source*>(poll->data)->read_end, &request, 1) != 1) {
      uv_close(reinterpret_cast<uv_handle_t*>(poll), nullptr);
      return;
    }
    patterns::compute_ms(kWorkMs);
  });
  uv_thread_t sender;
  uv_thread_create(&sender, send_all, &source);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  uv_thread_join(&sender);
  close(source.read_end);
}

}  // namespace requests
