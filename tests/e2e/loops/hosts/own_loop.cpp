// A loop of the program's own: 23 turns, each begun by a byte in a pipe that another thread writes every 5 ms.
//
//   own_loop epoll|epoll_pwait|epoll_pwait2|poll|ppoll|select|pselect [spin|wait]
//
// In the 7th turn it may spin for 101 ms, or wait that long for something else with poll. Prints the number of turns.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace {

constexpr int kTurns = 23, kBadTurn = 7, kBlockMs = 101;

double now_ms() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return static_cast<double>(at.tv_sec) * 1e3 + static_cast<double>(at.tv_nsec) / 1e6;
}

volatile unsigned g_checksum;

[[gnu::noinline]] void spin() {
  for (const double until = now_ms() + kBlockMs; now_ms() < until;) {
    for (unsigned i = 0; i < 100'003; ++i) g_checksum = (g_checksum ^ i) * 16777619u;  // the block
  }
}

[[gnu::noinline]] void wait_for_something_else() {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  pollfd never{ends[0], POLLIN, 0};
  poll(&never, 1, kBlockMs);
  close(ends[0]);
  close(ends[1]);
}

class Waiter {
 public:
  Waiter(const char* way, int descriptor) : way_(way), descriptor_(descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = this;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor_, &event) != 0) std::abort();
  }

  int wait() {
    epoll_event events[3];
    pollfd polled[2] = {{descriptor_, POLLIN, 0}, {STDIN_FILENO, 0, 0}};
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(descriptor_, &readable);
    timespec second{1, 0};
    timeval same_second{1, 0};
    if (is("epoll")) return epoll_wait(epoll_, events, 3, 1000);
    if (is("epoll_pwait")) return epoll_pwait(epoll_, events, 3, 1000, nullptr);
    if (is("epoll_pwait2")) return epoll_pwait2(epoll_, events, 3, &second, nullptr);
    if (is("poll")) return poll(polled, 2, 1000);
    if (is("ppoll")) return ppoll(polled, 2, &second, nullptr);
    if (is("select")) return select(descriptor_ + 1, &readable, nullptr, nullptr, &same_second);
    if (is("pselect")) return pselect(descriptor_ + 1, &readable, nullptr, nullptr, &second, nullptr);
    std::exit(2);
  }

 private:
  bool is(const char* name) const { return std::strcmp(way_, name) == 0; }

  const char* way_;
  int descriptor_;
  int epoll_ = epoll_create1(0);
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const char* bad = argc > 2 ? argv[2] : "";
  int ends[2];
  if (pipe(ends) != 0) return 3;
  std::thread writer([&] {
    for (int i = 0; i < kTurns; ++i) {
      usleep(5'000);
      if (write(ends[1], "x", 1) != 1) return;
    }
  });
  Waiter waiter(argv[1], ends[0]);
  int turns = 0;
  while (turns < kTurns) {
    if (waiter.wait() <= 0) continue;
    char byte;
    if (read(ends[0], &byte, 1) != 1) break;
    if (++turns != kBadTurn) continue;
    if (std::strcmp(bad, "spin") == 0) spin();
    if (std::strcmp(bad, "wait") == 0) wait_for_something_else();
  }
  writer.join();
  std::printf("%d turns\n", turns);
  return 0;
}
