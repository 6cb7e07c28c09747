// A host whose two loops are sampled all the time while they do what has crashed, locked up or disturbed profilers:
// throw, sleep, poll and read, while another thread loads and unloads a library. Usage: sampled TRACE SECONDS LIBRARY.
// Prints how often each was done, and how often a call came back early: one "name number" a line, on stderr.
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <loopscope/loopscope.h>

namespace {

std::atomic<bool> g_stop{false};
std::atomic<long> g_throws, g_waits, g_loads, g_early_sleeps, g_early_calls, g_early_polls, g_early_reads;

double now() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) / 1e9;
}

[[gnu::noinline]] void throw_from(long depth) {
  if (depth == 0) throw std::runtime_error("thrown");
  throw_from(depth - 1);
  asm volatile("" ::: "memory");
}

// Ticks of a few ms, so that there is always a stall.
template <class Work>
void run_loop(const char* name, Work work) {
  const loopscope_loop loop = loopscope_loop_created("own", name);
  while (!g_stop) {
    loopscope_poll_begin(loop, 0);
    loopscope_poll_end(loop, 1);
    for (const double end = now() + 0.003; now() < end;) work();
  }
  loopscope_loop_left(loop, 0);
}

void throw_and_catch() {
  try {
    throw_from(g_throws % 17);
  } catch (const std::runtime_error&) {
    ++g_throws;
  }
}

void wait_in_all_ways(int pipe_to_read) {
  const timespec time{0, 70'000};
  if (nanosleep(&time, nullptr) != 0) ++g_early_sleeps;
  if (syscall(SYS_nanosleep, &time, nullptr) != 0) ++g_early_calls;
  if (ppoll(nullptr, 0, &time, nullptr) < 0) ++g_early_polls;
  if (poll(nullptr, 0, 1) < 0) ++g_early_polls;
  char byte;
  if (read(pipe_to_read, &byte, 1) < 0) ++g_early_reads;
  ++g_waits;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  int ends[2];
  if (pipe2(ends, O_NONBLOCK) != 0 || fcntl(ends[0], F_SETFL, 0) != 0) return 3;
  loopscope_options options{};
  options.size = sizeof options;
  options.trace_path = argv[1];
  options.stall_ms = 1;
  options.stall_sample_ms = 1;
  options.stall_samples_per_s = 10'000;
  if (loopscope_start(&options) != 0) {
    std::fprintf(stderr, "start: %s\n", loopscope_last_error());
    return 99;
  }
  const auto feed = [&] {
    const timespec pause{0, 150'000};
    while (!g_stop) {
      nanosleep(&pause, nullptr);
      [[maybe_unused]] const ssize_t written = write(ends[1], "x", 1);
    }
    close(ends[1]);
  };
  const auto load = [&] {
    while (!g_stop) {
      void* library = dlopen(argv[3], RTLD_NOW);
      if (library == nullptr) std::abort();
      dlclose(library);
      ++g_loads;
    }
  };
  std::thread threads[] = {std::thread([] { run_loop("throws", throw_and_catch); }),
                           std::thread([&] { run_loop("waits", [&] { wait_in_all_ways(ends[0]); }); }),
                           std::thread(feed), std::thread(load)};
  for (const double end = now() + std::atof(argv[2]); now() < end;) usleep(10'000);
  g_stop = true;
  for (std::thread& thread : threads) thread.join();
  const int stopped = loopscope_stop();
  std::fprintf(stderr,
               "throws %ld\nwaits %ld\nloads %ld\nearly_sleeps %ld\nearly_calls %ld\nearly_polls "
               "%ld\nearly_reads %ld\n",
               g_throws.load(), g_waits.load(), g_loads.load(), g_early_sleeps.load(), g_early_calls.load(),
               g_early_polls.load(), g_early_reads.load());
  return stopped == LOOPSCOPE_OK ? 0 : 97;
}
