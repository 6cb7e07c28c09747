// A libuv program that makes one call of libc that blocks for some 31 ms: before its loop, on a thread of its own, in a
// callback, and in the same callback one that does not block. Prints what the call in the callback returned, and its errno.
// Usage: blocking_calls CALL
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include <functional>
#include <map>
#include <string>
#include <thread>

namespace {

constexpr int kMs = 31;

timespec in_ms(int ms) { return {0, ms * 1'000'000L}; }

timespec until_ms(clockid_t clock, int ms) {
  timespec at;
  clock_gettime(clock, &at);
  at.tv_nsec += ms * 1'000'000L;
  if (at.tv_nsec >= 1'000'000'000L) {
    at.tv_nsec -= 1'000'000'000L;
    ++at.tv_sec;
  }
  return at;
}

// Does `then` on another thread after that time.
class Later {
 public:
  Later(int ms, std::function<void()> then)
      : thread_([ms, then] {
          const timespec time = in_ms(ms);
          nanosleep(&time, nullptr);
          then();
        }) {}
  ~Later() { thread_.join(); }

 private:
  std::thread thread_;
};

// Calls that wait for `ms`; each the only one of its name below block_here.
long call_usleep(int ms) { return usleep(static_cast<useconds_t>(ms) * 1000); }
long call_nanosleep(int ms) {
  const timespec time = in_ms(ms);
  return nanosleep(&time, nullptr);
}
long call_clock_nanosleep(int ms) {
  const timespec time = in_ms(ms);
  return clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}
long call_poll(int ms) { return poll(nullptr, 0, ms); }
long call_select(int ms) {
  timeval time{0, ms * 1000L};
  return select(0, nullptr, nullptr, nullptr, &time);
}
long call_read(int ms) {
  int ends[2];
  if (pipe(ends) != 0) abort();
  char byte;
  long result;
  {
    const Later later(ms, [&] {
      if (write(ends[1], "x", 1) != 1) abort();
    });
    result = read(ends[0], &byte, 1);
  }
  close(ends[0]);
  close(ends[1]);
  return result;
}
long call_recv(int ms) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) abort();
  const timeval limit{0, ms * 1000L + 1};
  setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  char byte;
  const long result = recv(ends[0], &byte, 1, 0);
  const int kept_errno = errno;
  close(ends[0]);
  close(ends[1]);
  errno = kept_errno;
  return result;
}
long call_flock(int ms) {
  char path[] = "/tmp/loopscope-flock-XXXXXX";
  const int mine = mkstemp(path), other = open(path, O_RDWR);
  unlink(path);
  if (flock(other, LOCK_EX) != 0) abort();
  long result;
  {
    const Later later(ms, [&] { close(other); });
    result = flock(mine, LOCK_EX);
  }
  close(mine);
  return result;
}
long call_waitpid(int ms) {
  const pid_t child = fork();
  if (child == 0) {
    const timespec time = in_ms(ms);
    nanosleep(&time, nullptr);
    _exit(7);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child ? WEXITSTATUS(status) : -1;
}
long call_system(int ms) { return WEXITSTATUS(system(ms < 10 ? "exit 5" : "sleep 0.031; exit 5")); }
long call_pthread_mutex_lock(int ms) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  sem_t taken;
  sem_init(&taken, 0, 0);
  long result;
  {
    const Later later(0, [&] {
      pthread_mutex_lock(&mutex);
      sem_post(&taken);
      const timespec time = in_ms(ms);
      nanosleep(&time, nullptr);
      pthread_mutex_unlock(&mutex);
    });
    while (sem_trywait(&taken) != 0) sched_yield();
    result = pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
  }
  return result;
}
long call_pthread_cond_timedwait(int ms) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  pthread_mutex_lock(&mutex);
  const timespec until = until_ms(CLOCK_REALTIME, ms);
  const long result = pthread_cond_timedwait(&condition, &mutex, &until);
  pthread_mutex_unlock(&mutex);
  return result;
}
long call_sem_timedwait(int ms) {
  sem_t semaphore;
  sem_init(&semaphore, 0, 0);
  const timespec until = until_ms(CLOCK_REALTIME, ms);
  return sem_timedwait(&semaphore, &until);
}

const std::map<std::string, long (*)(int)> kCalls{
    {"usleep", call_usleep},
    {"nanosleep", call_nanosleep},
    {"clock_nanosleep", call_clock_nanosleep},
    {"poll", call_poll},
    {"select", call_select},
    {"read", call_read},
    {"recv", call_recv},
    {"flock", call_flock},
    {"waitpid", call_waitpid},
    {"system", call_system},
    {"pthread_mutex_lock", call_pthread_mutex_lock},
    {"pthread_cond_timedwait", call_pthread_cond_timedwait},
    {"sem_timedwait", call_sem_timedwait},
};

long (*g_call)(int);

}  // namespace

// Exported, to be found by its dynamic symbol.
extern "C" __attribute__((noinline, visibility("default"))) void block_here(int ms) {
  errno = 0;
  const long result = g_call(ms);
  const int seen_errno = errno;
  if (ms == kMs) printf("%ld %d\n", result, seen_errno);
}

int main(int argc, char** argv) {
  const auto found = kCalls.find(argc > 1 ? argv[1] : "");
  if (found == kCalls.end()) return 2;
  g_call = found->second;
  block_here(kMs - 1);
  std::thread(block_here, kMs - 1).join();
  uv_timer_t timer;
  uv_timer_init(uv_default_loop(), &timer);
  uv_timer_start(
      &timer,
      [](uv_timer_t*) {
        block_here(kMs);
        block_here(0);
      },
      11, 0);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  return 0;
}
