// A device that needs a moment, and a callback that sleeps until it is ready.
//
//   loopscope record -- blocking_sleep [times]        (7 if not said)
#include <unistd.h>
#include <uv.h>

#include "samples/libuv/sample.h"

namespace {

constexpr uint64_t kPeriodMs = 101;

struct Sensor {
  Sample sample;
  int readings = 0;
};

void on_time_to_read(uv_timer_t* timer) {
  auto* sensor = static_cast<Sensor*>(timer->data);
  sensor->sample.block_begins();
  usleep(41 * 1000);  // the block
  sensor->sample.block_ends();
  if (++sensor->readings == sensor->sample.times()) uv_close(reinterpret_cast<uv_handle_t*>(timer), nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  Sensor sensor{Sample(argc, argv, 7)};
  uv_timer_t timer{};
  timer.data = &sensor;
  uv_timer_init(uv_default_loop(), &timer);
  uv_timer_start(&timer, on_time_to_read, kPeriodMs, kPeriodMs);
  return sensor.sample.run(uv_default_loop());
}
