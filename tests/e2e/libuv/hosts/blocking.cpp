// blocking CALL PLACE: makes one call of libc that blocks for 20 ms (MS, if given), in a timer's callback of a loop or
// on another thread while the loop waits in its poll. Prints "call result errno nanoseconds".
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

const char* g_call;
int g_ms = 20;
pthread_mutex_t g_mutex = PTHREAD_MUTEX_INITIALIZER;
int g_held[2];  // a byte comes when the worker holds what is to be waited for
int g_file;

timespec duration() { return {0, g_ms * 1000000L}; }

// Not hooked from here: the kernel's call.
void really_sleep() { uv_sleep(static_cast<unsigned>(g_ms)); }

void say_held() {
  char byte = 1;
  if (write(g_held[1], &byte, 1) != 1) abort();
}
void wait_held() {
  char byte;
  if (read(g_held[0], &byte, 1) != 1) abort();
}

void* hold_mutex(void*) {
  pthread_mutex_lock(&g_mutex);
  say_held();
  really_sleep();
  pthread_mutex_unlock(&g_mutex);
  return nullptr;
}

void* hold_file(void* path) {
  const int file = open(static_cast<const char*>(path), O_RDWR | O_CREAT, 0600);
  flock(file, LOCK_EX);
  say_held();
  really_sleep();
  close(file);
  return nullptr;
}

// Gets ready for the call, makes it.
long make_call() {
  const timespec time = duration();
  const std::string call = g_call;
  if (call == "nanosleep") return nanosleep(&time, nullptr);
  if (call == "clock_nanosleep") return clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
  if (call == "usleep") return usleep(static_cast<useconds_t>(g_ms) * 1000);
  if (call == "sleep") return static_cast<long>(sleep(1));
  if (call == "poll") return poll(nullptr, 0, g_ms);
  if (call == "system") return system(("sleep 0.0" + std::to_string(g_ms)).c_str());
  if (call == "fsync") return fsync(-1);
  if (call == "pthread_mutex_lock") return pthread_mutex_lock(&g_mutex);
  if (call == "flock") return flock(g_file, LOCK_EX);
  if (call == "waitpid") {
    int status = 0;
    return waitpid(-1, &status, 0) > 0 ? status : -1;
  }
  return -2;
}

pthread_t g_holder;
bool g_held_by_another;
void prepare() {
  const std::string call = g_call;
  static char path[] = "lock";
  if (pipe(g_held) != 0) abort();
  if (call == "waitpid" && fork() == 0) {
    really_sleep();
    _exit(3);
  }
  if (call == "flock") g_file = open(path, O_RDWR | O_CREAT, 0600);
  g_held_by_another = call == "flock" || call == "pthread_mutex_lock";
  if (g_held_by_another) {
    pthread_create(&g_holder, nullptr, call == "flock" ? hold_file : hold_mutex, path);
    wait_held();
  }
}

}  // namespace

// Named in the dynamic symbols: where the stack begins, and what an allow-list may name.
extern "C" __attribute__((visibility("default"), noinline)) void the_caller() {
  prepare();
  const uint64_t begin = uv_hrtime();
  errno = 0;
  const long result = make_call();
  const int error = errno;
  printf("%s %ld %d %llu\n", g_call, result, error, static_cast<unsigned long long>(uv_hrtime() - begin));
  if (g_held_by_another) pthread_join(g_holder, nullptr);
}

int main(int argc, char** argv) {
  g_call = argv[1];
  if (argc > 3) g_ms = atoi(argv[3]);
  uv_loop_t loop;
  uv_timer_t timer;
  uv_thread_t thread;
  uv_loop_init(&loop);
  uv_timer_init(&loop, &timer);
  const bool elsewhere = strcmp(argv[2], "thread") == 0;
  // Busy before, in and after its poll; or waiting for the other thread.
  uv_timer_start(
      &timer, elsewhere ? [](uv_timer_t*) {} : [](uv_timer_t*) { the_caller(); }, elsewhere ? 50 : 1, 0);
  if (elsewhere)
    uv_thread_create(
        &thread, [](void*) { the_caller(); }, nullptr);
  uv_run(&loop, UV_RUN_DEFAULT);
  if (elsewhere) uv_thread_join(&thread);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer), nullptr);
  uv_run(&loop, UV_RUN_DEFAULT);
  return uv_loop_close(&loop);
}
