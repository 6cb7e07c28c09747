// Work that takes its time on the processor, and timers that come and go. Loop thread.
#pragma once

#include <uv.h>

#include <cstdint>

namespace patterns {

// Returns how long it took by the clock: longer than asked for on a busy machine.
inline std::uint64_t compute_ms(double ms) {
  const std::uint64_t begin = uv_hrtime();
  const auto enough = static_cast<std::uint64_t>(ms * 1e6);
  volatile std::uint32_t sum = 0;
  while (uv_hrtime() - begin < enough) {
    for (std::uint32_t i = 0; i < 1000; ++i) sum = sum * 31 + i;
  }
  return uv_hrtime() - begin;
}

inline void close_and_delete(uv_timer_t* timer) {
  uv_close(reinterpret_cast<uv_handle_t*>(timer),
           [](uv_handle_t* handle) { delete reinterpret_cast<uv_timer_t*>(handle); });
}

}  // namespace patterns
