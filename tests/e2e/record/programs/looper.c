/* Runs a libuv loop that leaves 23 timers pending, then ends in the way that its first argument says. */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum { kPending = 23 };

static void never(uv_timer_t* timer) { (void)timer; }
static void stop(uv_timer_t* timer) { uv_stop(timer->loop); }

static void run_loop(void) {
  static uv_timer_t pending[kPending];
  static uv_timer_t last;
  for (int i = 0; i < kPending; ++i) {
    uv_timer_init(uv_default_loop(), &pending[i]);
    uv_timer_start(&pending[i], never, 3600 * 1000, 0);
  }
  uv_timer_init(uv_default_loop(), &last);
  uv_timer_start(&last, stop, 11, 0);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

static void wait_for_end_of_input(void) {
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  if (strcmp(what, "exit") == 0) {
    run_loop();
    return atoi(argv[2]);
  }
  if (strcmp(what, "die") == 0) {
    run_loop();
    raise(atoi(argv[2]));
  }
  if (strcmp(what, "flush and die") == 0) {
    run_loop();
    int (*flush)(unsigned) = (int (*)(unsigned))dlsym(RTLD_DEFAULT, "loopscope_flush");
    if (flush) flush(10 * 1000);
    raise(atoi(argv[2]));
  }
  if (strcmp(what, "say and wait") == 0) {
    run_loop();
    printf("ran\n");
    fflush(stdout);
    wait_for_end_of_input();
    return 0;
  }
  if (strcmp(what, "die without loop") == 0) raise(SIGKILL);
  if (strcmp(what, "become") == 0) {
    run_loop();
    execv(argv[2], argv + 2);
  }
  if (strcmp(what, "detach") == 0) {
    /* A daemon: goes on behind the back of whoever waits for its parent. */
    int ran[2];
    char byte = 0;
    if (pipe(ran) != 0) return 1;
    if (fork() != 0) _exit(read(ran[0], &byte, 1) == 1 ? 0 : 1);
    run_loop();
    if (write(ran[1], &byte, 1) != 1) exit(1);
    printf("%d\n", (int)getpid());
    fflush(stdout);
    if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) exit(1);
    wait_for_end_of_input();
    exit(0);
  }
  return 2;
}
