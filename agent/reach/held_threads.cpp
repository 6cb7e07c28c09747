#include "agent/reach/held_threads.h"

#include <elf.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstring>

#include "agent/reach/folder.h"
#include "agent/record/own_threads.h"

namespace loopscope::reach {
namespace {

constexpr std::size_t kStackBytes = 128 * 1024;
constexpr std::size_t kHeldBytes = 64 * 1024;

#ifndef NT_X86_XSTATE
#define NT_X86_XSTATE 0x202
#endif
#ifndef PTRACE_EVENT_STOP
#define PTRACE_EVENT_STOP 128
#endif

std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

void rest() {
  const timespec pause{0, 20'000};
  syscall(SYS_nanosleep, &pause, nullptr);
}

// By the kernel's interface: libc's keeps its answer apart from errors in errno, which the two processes share.
long trace(long request, int tid, void* address, void* data) {
  return syscall(SYS_ptrace, request, tid, address, data);
}

// Behind a text that has room for it.
void append_number(char* text, int number) {
  char digits[16];
  std::size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  text += std::strlen(text);
  while (count > 0) *text++ = digits[--count];
  *text = '\0';
}

int open_folder(const char* path) {
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// A thread that has ended, but is still listed.
bool is_over(int folder, const char* name) {
  char path[64], text[512];
  std::size_t length = strnlen(name, 32);
  std::memcpy(path, name, length);
  std::memcpy(path + length, "/stat", 6);
  const int file = static_cast<int>(syscall(SYS_openat, folder, path, O_RDONLY | O_CLOEXEC));
  if (file < 0) return true;
  const long got = syscall(SYS_read, file, text, sizeof text - 1);
  syscall(SYS_close, file);
  if (got <= 0) return true;
  text[got] = '\0';
  const char* state = std::strrchr(text, ')');
  return state != nullptr && (state[2] == 'Z' || state[2] == 'X');
}

// Yama's way: who may trace a process, other than those that started it, the process has to say. What the program itself
// said to a debugger of its own is then lost.
bool only_descendants_trace() {
  char scope = '0';
  const int file = static_cast<int>(
      syscall(SYS_openat, AT_FDCWD, "/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC));
  if (file < 0) return false;
  syscall(SYS_read, file, &scope, 1);
  syscall(SYS_close, file);
  return scope == '1';
}

bool is_waiting(int tid) {
  // "202 0x7ffd...": the number of the call and its arguments; "running".
  char path[64] = "/proc/self/task/";
  append_number(path, tid);
  std::strcat(path, "/syscall");
  char text[16] = "";
  const int file = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC));
  if (file < 0) return false;
  const long got = syscall(SYS_read, file, text, sizeof text - 1);
  syscall(SYS_close, file);
  char futex[16] = "";
  append_number(futex, SYS_futex);
  const std::size_t digits = std::strlen(futex);
  return got > static_cast<long>(digits) && std::memcmp(text, futex, digits) == 0 && text[digits] == ' ';
}

#if defined(__x86_64__)
using Registers = user_regs_struct;
std::uint64_t stack_of(const Registers& registers) { return registers.rsp; }
std::uint64_t thread_of(const Registers& registers) { return registers.fs_base; }
bool waits(const Registers& registers) { return registers.orig_rax == SYS_futex; }

// epoll_wait ends early when its thread is stopped; where it waits for ever that would be seen. It is made again, as the
// kernel does with other calls.
bool make_again(Registers& registers) {
  if (static_cast<long long>(registers.rax) != -EINTR) return false;
  const bool by_number = registers.orig_rax == SYS_epoll_wait || registers.orig_rax == SYS_epoll_pwait;
  const bool for_ever = by_number && static_cast<std::int32_t>(registers.r10) < 0;
#ifdef SYS_epoll_pwait2
  const bool without_limit = registers.orig_rax == SYS_epoll_pwait2 && registers.r10 == 0;
#else
  const bool without_limit = false;
#endif
  if (!for_ever && !without_limit) return false;
  registers.rax = registers.orig_rax;
  registers.rip -= 2;
  registers.orig_rax = static_cast<unsigned long long>(-1);
  return true;
}
constexpr int kOtherRegisters = NT_X86_XSTATE;
#elif defined(__aarch64__)
using Registers = user_regs_struct;
std::uint64_t stack_of(const Registers& registers) { return registers.sp; }
std::uint64_t thread_of(const Registers&) { return 0; }
bool waits(const Registers& registers) { return registers.regs[8] == SYS_futex; }
bool make_again(Registers&) { return false; }
constexpr int kOtherRegisters = NT_PRFPREG;
#else
#error "which registers a thread has is not known for this machine"
#endif

}  // namespace

std::uint32_t threads_of_the_program() {
  const int folder = open_folder("/proc/self/task");
  std::uint32_t count = 0;
  for_each_number(folder, [&](const char*, int tid) { count += !record::is_own_thread(tid); });
  syscall(SYS_close, folder);
  return count;
}

bool comes_to_wait(int tid) {
  // It has just made the thread that asks this.
  constexpr int kTries = 500;
  for (int i = 0; i < kTries; ++i) {
    if (is_waiting(tid)) return true;
    rest();
  }
  return false;
}

void HeldThreads::set_stage(Stage stage) {
  stage_.store(stage, std::memory_order_release);
  syscall(SYS_futex, &stage_, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

bool HeldThreads::wait_while(Stage stage, std::uint64_t until_ns) {
  while (stage_.load(std::memory_order_acquire) == stage) {
    const std::uint64_t now = now_ns();
    if (now >= until_ns) return false;
    const std::uint64_t left = until_ns - now < 20'000'000 ? until_ns - now : 20'000'000;
    const timespec timeout{0, static_cast<long>(left)};
    syscall(SYS_futex, &stage_, FUTEX_WAIT, stage, &timeout, nullptr, 0);
    int status = 0;
    if (syscall(SYS_wait4, holder_, &status, WNOHANG | __WALL, nullptr) == holder_) {
      holder_ = 0;
      return stage_.load(std::memory_order_acquire) != stage;
    }
  }
  return true;
}

bool HeldThreads::hold(Case& of, std::uint64_t until_ns) {
  case_ = &of;
  until_ns_ = until_ns;
  process_ = getpid();
  void* const memory =
      mmap(nullptr, kStackBytes + kHeldBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  stack_ = memory;
  static_assert(kMostThreads * sizeof(Held) <= kHeldBytes);
  held_ = reinterpret_cast<Held*>(static_cast<char*>(memory) + kStackBytes);
  const auto begin = reinterpret_cast<std::uint64_t>(memory);
  of.add_own({begin, begin + kStackBytes + kHeldBytes});
  holder_ = clone(run, static_cast<char*>(memory) + kStackBytes, CLONE_VM | CLONE_FS | CLONE_UNTRACED, this);
  if (holder_ < 0) {
    holder_ = 0;
    release();
    return false;
  }
  if (only_descendants_trace()) {
    prctl(PR_SET_PTRACER, holder_, 0, 0, 0);
    said_who_may_trace_ = true;
  }
  set_stage(kStart);
  if (!wait_while(kStart, until_ns) || stage_.load(std::memory_order_acquire) != kHolds) {
    release();
    return false;
  }
  return true;
}

bool HeldThreads::release() {
  const bool was_holding = holder_ > 0;
  std::uint32_t holds = kHolds;
  const bool held_on = stage_.compare_exchange_strong(holds, kRelease, std::memory_order_acq_rel);
  if (holder_ > 0) {
    if (held_on) {
      set_stage(kRelease);
    } else if (stage_.load(std::memory_order_acquire) == kStart) {
      kill(holder_, SIGKILL);  // whoever is traced by it runs on
    }
    int status = 0;
    while (syscall(SYS_wait4, holder_, &status, __WALL, nullptr) < 0 && errno == EINTR) {
    }
    holder_ = 0;
  }
  if (said_who_may_trace_) prctl(PR_SET_PTRACER, 0, 0, 0, 0);
  said_who_may_trace_ = false;
  if (stack_ != nullptr) munmap(stack_, kStackBytes + kHeldBytes);
  stack_ = nullptr;
  return !was_holding || held_on;
}

// From here on in the process that holds.
int HeldThreads::run(void* self) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto& own = *static_cast<HeldThreads*>(self);
  while (own.stage_.load(std::memory_order_acquire) == kWaits) {
    syscall(SYS_futex, &own.stage_, FUTEX_WAIT, kWaits, nullptr, nullptr, 0);
  }
  own.hold_all();
  syscall(SYS_exit_group, 0);
  return 0;
}

void HeldThreads::hold_all() {
  bool found = true, good = true;
  // Threads may start others until they are held.
  while (good && found && now_ns() < until_ns_) good = hold_new_ones(found);
  if (!good || found) {
    let_go();
    set_stage(kFailed);
    return;
  }
  for (std::uint32_t i = 0; good && i < count_; ++i) {
    if (held_[i].tid != 0) good = read_registers(held_[i].tid);
  }
  if (!good) {
    let_go();
    set_stage(kFailed);
    return;
  }
  set_stage(kHolds);
  const std::uint64_t longest = now_ns() + 1'000'000'000;
  while (stage_.load(std::memory_order_acquire) == kHolds && now_ns() < longest) {
    const timespec timeout{0, 50'000'000};
    syscall(SYS_futex, &stage_, FUTEX_WAIT, kHolds, &timeout, nullptr, 0);
  }
  // Before they go, so that nobody takes what was copied meanwhile for one moment.
  std::uint32_t holds = kHolds;
  stage_.compare_exchange_strong(holds, kFailed, std::memory_order_acq_rel);
  let_go();
}

bool HeldThreads::hold_new_ones(bool& found) {
  found = false;
  // Not "self": that is this process.
  char path[64] = "/proc/";
  append_number(path, process_);
  std::strcat(path, "/task");
  const int folder = open_folder(path);
  if (folder < 0) return false;
  bool good = true;
  for_each_number(folder, [&](const char* name, int tid) {
    if (!good || record::is_own_thread(tid)) return;
    for (std::uint32_t i = 0; i < count_; ++i) {
      if (held_[i].tid == tid) return;
    }
    if (count_ == kMostThreads) {
      good = false;
      return;
    }
    if (hold_one(tid)) {
      found = true;
    } else if (!is_over(folder, name)) {
      good = false;
    }
  });
  syscall(SYS_close, folder);
  return good;
}

bool HeldThreads::hold_one(int tid) {
  if (trace(PTRACE_SEIZE, tid, nullptr, nullptr) < 0) return false;
  Held& held = held_[count_++];
  held = {tid, 0};
  if (trace(PTRACE_INTERRUPT, tid, nullptr, nullptr) < 0) return false;
  for (;;) {
    int status = 0;
    const long got = syscall(SYS_wait4, tid, &status, WNOHANG | __WALL, nullptr);
    if (got == tid && WIFSTOPPED(status)) {
      if (status >> 16 != PTRACE_EVENT_STOP) held.signal = WSTOPSIG(status);
      return true;
    }
    if (got == tid || got < 0) {  // it has ended
      held.tid = 0;
      return true;
    }
    if (now_ns() >= until_ns_) return false;
    rest();
  }
}

bool HeldThreads::read_registers(int tid) {
  Registers registers{};
  iovec all{&registers, sizeof registers};
  if (trace(PTRACE_GETREGSET, tid, reinterpret_cast<void*>(NT_PRSTATUS), &all) < 0) return false;
  if (tid == case_->caller.tid && waits(registers)) {
    case_->add_stack(case_->caller.stack);
    return case_->trouble == Trouble::none;
  }
  std::uint64_t words[sizeof registers / 8];
  std::memcpy(words, &registers, sizeof words);
  for (const std::uint64_t word : words) case_->add_word(word);
  case_->add_stack({stack_of(registers), thread_of(registers)});

  std::uint64_t others[2048];
  iovec more{others, sizeof others};
  if (trace(PTRACE_GETREGSET, tid, reinterpret_cast<void*>(static_cast<long>(kOtherRegisters)), &more) < 0 &&
      trace(PTRACE_GETREGSET, tid, reinterpret_cast<void*>(NT_PRFPREG), &more) < 0) {
    return false;
  }
  for (std::size_t i = 0; i < more.iov_len / 8; ++i) case_->add_word(others[i]);
  return case_->trouble == Trouble::none;
}

void HeldThreads::let_go() {
  for (std::uint32_t i = 0; i < count_; ++i) {
    const Held& held = held_[i];
    if (held.tid == 0) continue;
    Registers registers{};
    iovec all{&registers, sizeof registers};
    const bool known = held.signal == 0 &&
                       trace(PTRACE_GETREGSET, held.tid, reinterpret_cast<void*>(NT_PRSTATUS), &all) == 0;
    if (known && make_again(registers)) {
      trace(PTRACE_SETREGSET, held.tid, reinterpret_cast<void*>(NT_PRSTATUS), &all);
    }
    trace(PTRACE_DETACH, held.tid, nullptr, reinterpret_cast<void*>(static_cast<long>(held.signal)));
  }
  count_ = 0;
}

}  // namespace loopscope::reach
