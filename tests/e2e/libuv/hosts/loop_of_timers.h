// A loop that runs 23 timers to their end. In a header, because several hosts bring it in different ways.
#pragma once

#include <uv.h>

inline void run_23_timers() {
  uv_loop_t loop;
  uv_loop_init(&loop);
  uv_timer_t timers[23];
  for (uv_timer_t& timer : timers) {
    uv_timer_init(&loop, &timer);
    uv_timer_start(
        &timer, [](uv_timer_t* done) { uv_close(reinterpret_cast<uv_handle_t*>(done), nullptr); }, 3, 0);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
}
