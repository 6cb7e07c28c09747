/* An ordinary libuv program that knows nothing of loopscope: timers that start and fire, at most 64 at a time.
 * Prints when main began (CLOCK_MONOTONIC, ns) and ns of thread CPU a timer. usage: bench_uv_timers COUNT */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

static long left;

static void fired(uv_timer_t* timer) {
  if (left-- > 0) uv_timer_start(timer, fired, 0, 0);
}

static double ns_of(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int argc, char** argv) {
  uv_timer_t timers[64];
  const double main_began = ns_of(CLOCK_MONOTONIC);
  long count = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
  double start;
  left = count;
  for (int i = 0; i < 64; ++i) {
    uv_timer_init(uv_default_loop(), &timers[i]);
    uv_timer_start(&timers[i], fired, 0, 0);
  }
  start = ns_of(CLOCK_THREAD_CPUTIME_ID);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  printf("%.0f %.2f\n", main_began,
         count > 0 ? (ns_of(CLOCK_THREAD_CPUTIME_ID) - start) / (double)(count + 64) : 0.0);
  return 0;
}
