// A callback every so often, so many times, and a heartbeat that is due beside it. Loop thread.
#pragma once

#include <uv.h>

#include <cstdint>

namespace patterns {

struct Periodic {
  void (*work)();
  int times;
};

inline void every(std::uint64_t period_ms, int times, void (*work)()) {
  static Periodic periodic;
  periodic = {work, times};
  static uv_timer_t heartbeat;
  uv_timer_init(uv_default_loop(), &heartbeat);
  uv_timer_start(
      &heartbeat, [](uv_timer_t*) {}, 7, 7);
  static uv_timer_t timer;
  uv_timer_init(uv_default_loop(), &timer);
  uv_timer_start(
      &timer,
      [](uv_timer_t* own) {
        periodic.work();
        if (--periodic.times > 0) return;
        uv_close(reinterpret_cast<uv_handle_t*>(own), nullptr);
        uv_close(reinterpret_cast<uv_handle_t*>(&heartbeat), nullptr);
      },
      period_ms, period_ms);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

}  // namespace patterns
