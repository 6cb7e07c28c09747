// planted SCENARIO [TRACE]: plants coroutines, asks which of them can be resumed, and goes on with those that are held.
//   alone    one thread: lost ones, circles, and references of every kind
//   threads  references that only other threads have: on the stack, in registers, in thread-local memory
//   ring     one that waits while the process has an io_uring
#include "tests/agent/reach/hosts/planted.h"

#include <loopscope/loopscope.h>

#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace planted;

namespace {

std::uintptr_t g_left;  // in disguise, by who waited last

// Where tests hold what they plant.
std::map<int, std::coroutine_handle<>> g_map;
void* g_malloced;  // memory that holds a handle
std::uintptr_t g_tagged_low, g_tagged_high, g_inside;
struct __attribute__((packed)) Packed {
  std::uint32_t first;
  void* handle;
} g_packed[3];
thread_local void* t_handle;
int g_epoll, g_pipe[2], g_sockets[2];

// What is on the stack below is nobody's: it is overwritten, so that what is planted next does not find it by chance.
[[gnu::noinline]] void sweep_stack() {
  volatile char bytes[16 * 1024];
  for (volatile char& byte : bytes) byte = 0;
}

Task lost() { co_await Wait{g_left}; }
LazyTask lost_unstarted() { co_return; }
Task in_map() { co_await Wait{g_left}; }
Task in_malloced() { co_await Wait{g_left}; }
Task tagged_low() { co_await Wait{g_left}; }
Task tagged_high() { co_await Wait{g_left}; }
Task from_inside() { co_await Wait{g_left}; }
Task in_packed() { co_await Wait{g_left}; }
Task in_thread_local() { co_await Wait{g_left}; }
Task in_epoll() { co_await Wait{g_left}; }
Task in_pipe() { co_await Wait{g_left}; }
Task in_socket() { co_await Wait{g_left}; }
Task of_the_caller() { co_await Wait{g_left}; }
Task on_a_stack() { co_await Wait{g_left}; }
Task in_a_register() { co_await Wait{g_left}; }
Task in_a_vector_register() { co_await Wait{g_left}; }
Task in_a_running_thread() { co_await Wait{g_left}; }
Task in_another_threads_local() { co_await Wait{g_left}; }
Task beside_a_ring() { co_await Wait{g_left}; }

// Two that know each other and that nobody else knows.
struct Partner {
  void* other = nullptr;
};
Task in_circle(Partner** own) {
  Partner partner;
  *own = &partner;
  co_await Wait{g_left};
  if (partner.other == nullptr) std::abort();
}
[[gnu::noinline]] void plant_circle() {
  Partner *first = nullptr, *second = nullptr;
  in_circle(&first);
  void* const first_frame = undisguised(g_left);
  in_circle(&second);
  first->other = undisguised(g_left);
  second->other = first_frame;
}

// One that waits in a list of its own.
struct Channel {
  std::vector<std::coroutine_handle<>> waiting;
};
Task in_own_channel(std::shared_ptr<Channel>* told) {
  auto channel = std::make_shared<Channel>();
  *told = channel;
  co_await Wait{g_left};
}
[[gnu::noinline]] void plant_in_own_channel() {
  std::shared_ptr<Channel> channel;
  in_own_channel(&channel);
  channel->waiting.push_back(std::coroutine_handle<>::from_address(undisguised(g_left)));
}

// A list that was given up with who waits in it: free memory still says who it was.
Task in_freed_list() { co_await Wait{g_left}; }
[[gnu::noinline]] void plant_in_freed_list() {
  std::vector<std::coroutine_handle<>> waiting(29);
  in_freed_list();
  waiting.back() = std::coroutine_handle<>::from_address(undisguised(g_left));
}

// Small memory that was given back while somebody still points to it: malloc keeps it as it is, the first seven in a cache
// of the thread, the rest in a list of its own.
Task in_freed_block() { co_await Wait{g_left}; }
std::uintptr_t g_stale[13];
[[gnu::noinline]] void plant_in_freed_blocks() {
  constexpr std::size_t kBytes = 104;
  for (std::uintptr_t& stale : g_stale) {
    in_freed_block();
    void* const block = std::malloc(kBytes);
    void* const frame = undisguised(g_left);
    std::memcpy(static_cast<char*>(block) + kBytes - sizeof frame, &frame, sizeof frame);
    stale = reinterpret_cast<std::uintptr_t>(block);
  }
  for (const std::uintptr_t stale : g_stale) std::free(reinterpret_cast<void*>(stale));
}

template <class Make>
[[gnu::noinline]] void plant(int times, Make make) {
  for (int i = 0; i < times; ++i) make();
  g_left = 0;
  sweep_stack();
}

bool ask(const char* path) {
  if (path == nullptr) return true;
  loopscope_leak_proof proof{};
  proof.size = sizeof proof;
  const int result = loopscope_prove_leaks(20'000, &proof);
  std::printf("result %d suspended %llu never_resumable %llu\n", result,
              static_cast<unsigned long long>(proof.suspended),
              static_cast<unsigned long long>(proof.never_resumable));
  if (result != LOOPSCOPE_OK) std::printf("because %s\n", loopscope_last_error());
  return result == LOOPSCOPE_OK;
}

void resume(void* frame) { std::coroutine_handle<>::from_address(frame).resume(); }

void alone(const char* path) {
  plant(7, [] { lost(); });
  plant(3, [] { lost_unstarted(); });
  plant(5, plant_circle);
  plant(2, plant_in_own_channel);
  plant(13, plant_in_freed_list);
  plant(11, [] {
    in_map(),
        g_map[static_cast<int>(g_map.size())] = std::coroutine_handle<>::from_address(undisguised(g_left));
  });
  plant(1, [] {
    in_malloced();
    g_malloced = std::malloc(64);
    void* const frame = undisguised(g_left);
    std::memcpy(static_cast<char*>(g_malloced) + 40, &frame, sizeof frame);
  });
  plant(1, [] { tagged_low(), g_tagged_low = reinterpret_cast<std::uintptr_t>(undisguised(g_left)) | 5; });
  plant(1, [] {
    tagged_high();
    g_tagged_high = reinterpret_cast<std::uintptr_t>(undisguised(g_left)) | std::uintptr_t{0xabcd} << 48;
  });
  plant(1, [] { from_inside(), g_inside = reinterpret_cast<std::uintptr_t>(undisguised(g_left)) + 24; });
  plant(1, [] { in_packed(), g_packed[1].handle = undisguised(g_left); });
  plant(1, [] { in_thread_local(), t_handle = undisguised(g_left); });
  plant(1, [] {
    in_epoll();
    g_epoll = epoll_create1(0);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = undisguised(g_left);
    epoll_ctl(g_epoll, EPOLL_CTL_ADD, eventfd(0, 0), &event);
  });
  plant(1, [] {
    in_pipe();
    void* const frame = undisguised(g_left);
    if (pipe(g_pipe) != 0 || write(g_pipe[1], "x", 1) != 1 || write(g_pipe[1], &frame, sizeof frame) != 8)
      std::abort();
  });
  plant(1, [] {
    in_socket();
    void* const frame = undisguised(g_left);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, g_sockets) != 0 || write(g_sockets[1], &frame, sizeof frame) != 8)
      std::abort();
  });
  // What a register of this function holds across the question.
  of_the_caller();
  void* const own = undisguised(g_left);
  plant(1, plant_in_freed_blocks);

  ask(path);

  for (auto& [number, handle] : g_map) handle.resume();
  void* frame = nullptr;
  std::memcpy(&frame, static_cast<char*>(g_malloced) + 40, sizeof frame);
  resume(frame);
  resume(reinterpret_cast<void*>(g_tagged_low & ~std::uintptr_t{7}));
  resume(reinterpret_cast<void*>(g_tagged_high & ~(std::uintptr_t{0xffff} << 48)));
  resume(reinterpret_cast<void*>(g_inside - 24));
  resume(g_packed[1].handle);
  resume(t_handle);
  char x = 0;
  if (read(g_pipe[0], &x, 1) != 1 || read(g_pipe[0], &frame, sizeof frame) != 8) std::abort();
  resume(frame);
  if (read(g_sockets[0], &frame, sizeof frame) != 8) std::abort();
  resume(frame);
  resume(own);
}

struct Holder {
  std::uintptr_t disguised = 0;
  std::atomic<int> holds{0};
  std::atomic<int> go_on{0};
};

void wait_for(std::atomic<int>& word) {
  while (word.load() == 0) syscall(SYS_futex, &word, FUTEX_WAIT, 0, nullptr, nullptr, 0);
}
void set(std::atomic<int>& word) {
  word.store(1);
  syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

void hold_on_stack(Holder& holder) {
  void* volatile frame = undisguised(holder.disguised);
  set(holder.holds);
  wait_for(holder.go_on);
  resume(frame);
}

void hold_in_thread_local(Holder& holder) {
  t_handle = undisguised(holder.disguised);
  set(holder.holds);
  wait_for(holder.go_on);
  resume(t_handle);
}

#if defined(__x86_64__)
// Nothing but a register has it, while the thread sleeps in the kernel.
void hold_in_register(Holder& holder) {
  set(holder.holds);
  std::uintptr_t frame = holder.disguised;
  asm volatile(
      "xor %[disguise], %[frame]\n"
      "1: mov $202, %%eax\n"  // futex
      "mov %[word], %%rdi\n"
      "xor %%esi, %%esi\n"
      "xor %%edx, %%edx\n"
      "xor %%r10d, %%r10d\n"
      "syscall\n"
      "cmpl $0, (%[word])\n"
      "je 1b\n"
      : [frame] "+r"(frame)
      : [word] "r"(&holder.go_on), [disguise] "r"(kDisguise)
      : "rax", "rcx", "rdx", "rsi", "rdi", "r10", "r11", "memory", "cc");
  resume(reinterpret_cast<void*>(frame));
}

// A vector register has it, while the thread runs.
void hold_in_vector_register(Holder& holder) {
  set(holder.holds);
  std::uintptr_t frame = holder.disguised;
  asm volatile(
      "xor %[disguise], %[frame]\n"
      "movq %[frame], %%xmm7\n"
      "xor %[frame], %[frame]\n"
      "1: pause\n"
      "cmpl $0, (%[word])\n"
      "je 1b\n"
      "movq %%xmm7, %[frame]\n"
      : [frame] "+&r"(frame)
      : [word] "r"(&holder.go_on), [disguise] "r"(kDisguise)
      : "xmm7", "memory", "cc");
  resume(reinterpret_cast<void*>(frame));
}
#else
void hold_in_register(Holder& holder) { hold_on_stack(holder); }
void hold_in_vector_register(Holder& holder) { hold_on_stack(holder); }
#endif

// A thread that moves its handle between two places all the time: whenever it is looked at, it is at one of them.
void hold_running(Holder& holder) {
  struct Places {
    std::atomic<void*> a, b;
  };
  const auto places = std::make_unique<Places>();
  places->a = undisguised(holder.disguised);
  set(holder.holds);
  while (holder.go_on.load(std::memory_order_relaxed) == 0) {
    places->b = places->a.exchange(nullptr);
    places->a = places->b.exchange(nullptr);
  }
  resume(places->a);
}

void threads(const char* path) {
  plant(7, [] { lost(); });
  struct Way {
    Task (*make)();
    void (*hold)(Holder&);
  };
  const Way ways[] = {{on_a_stack, hold_on_stack},
                      {on_a_stack, hold_on_stack},
                      {on_a_stack, hold_on_stack},
                      {in_a_register, hold_in_register},
                      {in_a_vector_register, hold_in_vector_register},
                      {in_a_running_thread, hold_running},
                      {in_another_threads_local, hold_in_thread_local},
                      {in_another_threads_local, hold_in_thread_local}};
  std::vector<std::unique_ptr<Holder>> holders;
  std::vector<std::thread> all;
  for (const Way& way : ways) {
    Holder& holder = *holders.emplace_back(std::make_unique<Holder>());
    plant(1, [&] { way.make(), holder.disguised = g_left; });
    all.emplace_back([&holder, hold = way.hold] { hold(holder); });
    wait_for(holder.holds);
  }
  plant(7, [] { lost(); });
  // A loop that waits for ever goes on waiting.
  std::atomic<int> waits{0};
  const int epoll = epoll_create1(0), event = eventfd(0, 0);
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.fd = event;
  epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted);
  int woken = 0;
  std::thread loop([&] {
    epoll_event got{};
    set(waits);
    woken = epoll_wait(epoll, &got, 1, -1);
  });
  wait_for(waits);

  ask(path);

  const std::uint64_t one = 1;
  if (write(event, &one, sizeof one) != 8) std::abort();
  loop.join();
  std::printf("epoll_wait %d\n", woken);
  for (auto& holder : holders) set(holder->go_on);
  for (std::thread& thread : all) thread.join();
}

void ring(const char* path) {
  plant(1, [] { beside_a_ring(); });
  unsigned char parameters[120] = {};
  if (syscall(425 /* io_uring_setup */, 4, parameters) < 0) std::printf("no io_uring\n");
  ask(path);
}

}  // namespace

int main(int count, char** arguments) {
  const std::string scenario = count > 1 ? arguments[1] : "";
  const char* const path = count > 2 ? arguments[2] : nullptr;
  loopscope_options options{};
  options.size = sizeof options;
  options.trace_path = path;
  if (path != nullptr && loopscope_start(&options) != LOOPSCOPE_OK) {
    std::fprintf(stderr, "%s\n", loopscope_last_error());
    return 1;
  }
  if (scenario == "alone") alone(path);
  if (scenario == "threads") threads(path);
  if (scenario == "ring") ring(path);
  std::printf("done\n");
  return 0;
}
