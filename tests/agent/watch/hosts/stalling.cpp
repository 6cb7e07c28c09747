// A host with a loop of its own whose callbacks block, each in one way, for a while it measures itself. Usage:
// stalling TRACE WAY MILLISECONDS [TIMES], or stalling TRACE all MILLISECONDS...: six ways, each for each of these times.
// Prints what it measured, in the order of callbacks: one number of ns a line, on stderr.
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <loopscope/loopscope.h>

namespace {

using Nanos = std::uint64_t;

Nanos now() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return static_cast<Nanos>(at.tv_sec) * 1'000'000'000u + static_cast<Nanos>(at.tv_nsec);
}

timespec as_time(Nanos ns) {
  return {static_cast<time_t>(ns / 1'000'000'000u), static_cast<long>(ns % 1'000'000'000u)};
}

[[gnu::noinline]] void spin_here(Nanos ns) {
  for (const Nanos end = now() + ns; now() < end;) asm volatile("" ::: "memory");
}

[[gnu::noinline]] void sleep_here(Nanos ns) {
  const timespec time = as_time(ns);
  nanosleep(&time, nullptr);
  asm volatile("" ::: "memory");
}

[[gnu::noinline]] void poll_here(Nanos ns) {
  const timespec time = as_time(ns);
  ppoll(nullptr, 0, &time, nullptr);
  asm volatile("" ::: "memory");
}

[[gnu::noinline]] void read_here(Nanos ns) {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  std::thread writer([&] {
    sleep_here(ns);
    if (write(ends[1], "x", 1) != 1) std::abort();
  });
  char byte;
  if (read(ends[0], &byte, 1) != 1) std::abort();
  writer.join();
  close(ends[0]);
  close(ends[1]);
}

[[gnu::noinline]] void lock_here(Nanos ns) {
  static std::mutex mutex;
  std::unique_lock worker_has(mutex, std::defer_lock);
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  std::thread worker([&] {
    mutex.lock();
    if (write(ends[1], "x", 1) != 1) std::abort();
    sleep_here(ns);
    mutex.unlock();
  });
  char byte;
  if (read(ends[0], &byte, 1) != 1) std::abort();
  mutex.lock();
  mutex.unlock();
  worker.join();
  close(ends[0]);
  close(ends[1]);
}

[[gnu::noinline]] void throw_from(int depth) {
  if (depth == 0) throw std::runtime_error("thrown");
  throw_from(depth - 1);
  asm volatile("" ::: "memory");
}

[[gnu::noinline]] void throw_here(Nanos ns) {
  for (const Nanos end = now() + ns; now() < end;) {
    try {
      throw_from(17);
    } catch (const std::runtime_error&) {
    }
  }
}

[[gnu::noinline]] void recurse_here(Nanos ns, int depth) {  // NOLINT: deep on purpose
  char room[512];
  asm volatile("" ::"r"(room) : "memory");
  if (depth == 0) {
    spin_here(ns);
  } else {
    recurse_here(ns, depth - 1);
  }
  asm volatile("" ::"r"(room) : "memory");
}

// In a signal's handler that runs on a stack of its own.
Nanos g_handler_ns;
[[gnu::noinline]] void handle_here(int) {
  spin_here(g_handler_ns);
  asm volatile("" ::: "memory");
}
void on_alternate_stack(Nanos ns) {
  static char room[64 * 1024];
  stack_t stack{};
  stack.ss_sp = room;
  stack.ss_size = sizeof room;
  struct sigaction action {};
  action.sa_handler = handle_here;
  action.sa_flags = SA_ONSTACK;
  if (sigaltstack(&stack, nullptr) != 0 || sigaction(SIGUSR1, &action, nullptr) != 0) std::abort();
  g_handler_ns = ns;
  raise(SIGUSR1);
}

// On a stack that was made for a coroutine.
ucontext_t g_outside, g_inside;
[[gnu::noinline]] void switch_here() {
  spin_here(g_handler_ns);
  swapcontext(&g_inside, &g_outside);
}
void on_coroutine_stack(Nanos ns) {
  static char room[64 * 1024];
  g_handler_ns = ns;
  if (getcontext(&g_inside) != 0) std::abort();
  g_inside.uc_stack.ss_sp = room;
  g_inside.uc_stack.ss_size = sizeof room;
  g_inside.uc_link = &g_outside;
  makecontext(&g_inside, switch_here, 0);
  if (swapcontext(&g_outside, &g_inside) != 0) std::abort();
}

// What a compiler makes at run time: no file holds it, and nothing says how it is left.
[[gnu::noinline]] void call_generated_here(Nanos ns) {
  // push %rbx; sub $64,%rsp; again: cmpl $0,(%rdi); je again; add $64,%rsp; pop %rbx; ret
  constexpr unsigned char kCode[] = {0x53, 0x48, 0x83, 0xec, 0x40, 0x83, 0x3f, 0x00,
                                     0x74, 0xfb, 0x48, 0x83, 0xc4, 0x40, 0x5b, 0xc3};
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) std::abort();
  std::memcpy(page, kCode, sizeof kCode);
  if (mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0) std::abort();
  std::atomic<int> over{0};
  std::thread waker([&] {
    sleep_here(ns);
    over = 1;
  });
  reinterpret_cast<void (*)(std::atomic<int>*)>(page)(&over);
  waker.join();
  munmap(page, 4096);
}

const std::map<std::string, void (*)(Nanos)> kWays{
    {"spin", spin_here},
    {"sleep", sleep_here},
    {"poll", poll_here},
    {"read", read_here},
    {"lock", lock_here},
    {"throw", throw_here},
    {"deep", [](Nanos ns) { recurse_here(ns, 101); }},
    {"alternate", on_alternate_stack},
    {"coroutine", on_coroutine_stack},
    {"generated", call_generated_here},
    {"hang",
     [](Nanos) {
       for (;;) pause();
     }},
};

struct Block {
  void (*way)(Nanos) = nullptr;
  Nanos ns = 0;
};

// One callback a tick.
[[gnu::noinline]] void run_callback(const Block& block, loopscope_site site) {
  const loopscope_task task = loopscope_task_created(site);
  loopscope_span_begin(task);
  const Nanos begin = now();
  block.way(block.ns);
  const Nanos took = now() - begin;
  loopscope_span_end_finished(task);
  std::fprintf(stderr, "%llu\n", static_cast<unsigned long long>(took));
}

void* run_loop(void* argument) {
  const auto& blocks = *static_cast<const std::vector<Block>*>(argument);
  const loopscope_loop loop = loopscope_loop_created("own", "main");
  loopscope_site_info info{};
  info.size = sizeof info;
  info.kind = "callback";
  const loopscope_site site = loopscope_site_define(&info);
  for (const Block& block : blocks) {
    constexpr Nanos kPoll = 3'000'000;
    loopscope_poll_begin(loop, kPoll);
    poll(nullptr, 0, 3);
    loopscope_poll_end(loop, 0);
    run_callback(block, site);
  }
  loopscope_poll_begin(loop, 0);
  loopscope_loop_left(loop, 0);
  // Behind the loop nothing stalls it any more.
  sleep_here(101'000'000);
  return nullptr;
}

Nanos milliseconds(const char* text) { return std::strtoull(text, nullptr, 10) * 1'000'000u; }

std::vector<Block> blocks_of(const std::string& way, int argc, char** argv) {
  std::vector<Block> blocks;
  if (way == "all") {
    for (int i = 3; i < argc; ++i) {
      for (const char* one : {"spin", "sleep", "poll", "read", "lock", "throw"}) {
        blocks.push_back({kWays.at(one), milliseconds(argv[i])});
      }
    }
  } else if (const auto found = kWays.find(way); found != kWays.end()) {
    blocks.assign(argc > 4 ? std::strtoul(argv[4], nullptr, 10) : 1, {found->second, milliseconds(argv[3])});
  }
  return blocks;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const std::string way = argv[2];
  const bool tiny = way == "tiny";
  std::vector<Block> blocks = blocks_of(tiny ? "spin" : way, argc, argv);
  if (blocks.empty()) return 2;
  loopscope_options options{};
  options.size = sizeof options;
  options.trace_path = argv[1];
  if (loopscope_start(&options) != 0) {
    std::fprintf(stderr, "start: %s\n", loopscope_last_error());
    return 99;
  }
  if (tiny) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 32 * 1024);
    pthread_t thread;
    if (pthread_create(&thread, &attributes, run_loop, &blocks) != 0) return 98;
    pthread_join(thread, nullptr);
  } else {
    run_loop(&blocks);
  }
  return loopscope_stop() == LOOPSCOPE_OK ? 0 : 97;
}
