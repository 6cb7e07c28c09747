#include "tests/viewer/view/sampled_stalls.h"

#include "tests/support/trace_builder.h"

namespace loopscope::view {

using testing::a_trace;
using testing::created_at;
using testing::every;
using testing::sampled_at;
using testing::stalled_at;

model::Trace sampled_stalls() {
  constexpr Nanos ms = kMillisecond;
  testing::TraceBuilder builder = a_trace();
  builder.lasting(5 * kSecond).with_loop("libuv", "main");
  builder.with_site("uv_timer", "src/main.cpp", 23, 0, "start_saving")
      .with_task(created_at(1 * ms).ran(2003 * ms, 53 * ms))
      .with_task(created_at(5 * ms).ran(1009 * ms, 307 * ms));
  builder.with_site("uv_read", "src/net.cpp", 61, model::kSubscription, "Connection::open")
      .with_tasks(2, every(1 * ms), created_at(7 * ms));
  builder.with_label(1, "request", "4711");
  const auto packing = [](Time at, std::uint32_t line) {
    return sampled_at(at).in("pack()", "src/pack.cpp", line);
  };
  builder
      .with_stall(stalled_at(1009 * ms, 307 * ms)
                      .by_task(2)
                      .sampled(packing(1029 * ms, 9)
                                   .in("pack()", "src/pack.cpp", 13)
                                   .in("on_timer(uv_timer_s*)", "src/main.cpp", 19)
                                   .weighing(47 * ms))
                      .sampled(sampled_at(1109 * ms)
                                   .in("fsync", "../sysdeps/unix/sysv/linux/fsync.c", 27)
                                   .of_library("libc.so.6")
                                   .in("Store::save()", "src/store.cpp", 71)
                                   .in("on_timer(uv_timer_s*)", "src/main.cpp", 19)
                                   .in_system_call(74)
                                   .weighing(260 * ms)))
      .with_stall(stalled_at(4899 * ms, 101 * ms).never_ended())
      .with_stall(
          stalled_at(2003 * ms, 53 * ms)
              .by_task(1)
              .sampled(
                  packing(2013 * ms, 9).in("on_timer(uv_timer_s*)", "src/main.cpp", 19).weighing(20 * ms))
              .sampled(
                  packing(2041 * ms, 11).in("on_timer(uv_timer_s*)", "src/main.cpp", 19).weighing(33 * ms)))
      .with_waited(3, 2, 1009 * ms, 307 * ms)
      .with_waited(4, 2, 1222 * ms, 94 * ms)
      .with_waited(3, 0, 4906 * ms, 94 * ms);
  return builder.build();
}

}  // namespace loopscope::view
