// The healthy twin of blocking_sleep: the loop does other things while the device gets ready.
//
//   loopscope record -- healthy_sleep [times]        (7 if not said)
#include <uv.h>

#include "samples/libuv/sample.h"

namespace {

constexpr uint64_t kPeriodMs = 101;
constexpr uint64_t kDeviceMs = 41;

struct Sensor {
  Sample sample;
  uv_timer_t timer{};
  uv_timer_t device{};
  int readings = 0;
};

void on_ready(uv_timer_t* device) {
  auto* sensor = static_cast<Sensor*>(device->data);
  if (++sensor->readings < sensor->sample.times()) return;
  uv_close(reinterpret_cast<uv_handle_t*>(&sensor->timer), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&sensor->device), nullptr);
}

void on_time_to_read(uv_timer_t* timer) {
  auto* sensor = static_cast<Sensor*>(timer->data);
  uv_timer_start(&sensor->device, on_ready, kDeviceMs, 0);
}

}  // namespace

int main(int argc, char** argv) {
  Sensor sensor{.sample = Sample(argc, argv, 7)};
  for (uv_timer_t* timer : {&sensor.timer, &sensor.device}) {
    timer->data = &sensor;
    uv_timer_init(uv_default_loop(), timer);
  }
  uv_timer_start(&sensor.timer, on_time_to_read, kPeriodMs, kPeriodMs);
  return sensor.sample.run(uv_default_loop());
}
