/* The same with libuv timers, recorded by linking loopscope::uv: 16 fire, 7 are due in an hour. */
#include <loopscope/uv.h>
#include <stddef.h>
#include <uv.h>

static void fired(uv_timer_t* timer) { (void)timer; }

int main(int argc, char** argv) {
  static uv_timer_t timers[23];
  loopscope_options options = {sizeof(options), argc > 1 ? argv[1] : NULL, 0, 0, 0, 0};
  if (loopscope_start(&options) != LOOPSCOPE_OK) return 1;
  if (loopscope_uv_attach(uv_default_loop()) != LOOPSCOPE_OK) return 1;
  for (int i = 0; i < 23; ++i) {
    uv_timer_init(uv_default_loop(), &timers[i]);
    uv_timer_start(&timers[i], fired, i < 16 ? 0 : 3600 * 1000, 0);
  }
  uv_run(uv_default_loop(), UV_RUN_NOWAIT);
  return loopscope_stop() == LOOPSCOPE_OK ? 0 : 1;
}
