// The twin of blocking-call: the loop is asked to come back when the device is ready.
#include "samples/patterns/periodic.h"
#include "samples/patterns/work.h"

namespace {

int readings = 0;

void read_sensor() {
  auto* ready = new uv_timer_t;
  uv_timer_init(uv_default_loop(), ready);
  uv_timer_start(
      ready,
      [](uv_timer_t* timer) {
        ++readings;
        patterns::close_and_delete(timer);
      },
      43, 0);
}

}  // namespace

int main() {
  patterns::every(101, 11, read_sensor);
  return readings == 11 ? 0 : 1;
}
