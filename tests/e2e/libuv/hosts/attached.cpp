// A program that links the adapter and says what attaching its loop gave. Built twice: with the adapter before
// libuv, and behind it.
#include <loopscope/uv.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc > 1) {
    loopscope_options options = {};
    options.size = sizeof options;
    options.trace_path = argv[1];
    if (loopscope_start(&options) != 0) {
      fprintf(stderr, "%s\n", loopscope_last_error());
      return 1;
    }
  }
  uv_loop_t loop;
  uv_loop_init(&loop);
  const int attached = loopscope_uv_attach(&loop);
  uv_timer_t timer;
  uv_timer_init(&loop, &timer);
  uv_timer_start(
      &timer, [](uv_timer_t* done) { uv_close(reinterpret_cast<uv_handle_t*>(done), nullptr); }, 11, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  loopscope_uv_detach(&loop);
  uv_run(&loop, UV_RUN_NOWAIT);
  printf("attached %d, closed %d\n", attached, uv_loop_close(&loop));
}
