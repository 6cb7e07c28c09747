#include "agent/watch/interrupt.h"

#include <linux/futex.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <ctime>

#include "agent/watch/repeatable_call.h"

namespace loopscope::watch {
namespace {

enum State : std::uint32_t { kIdle, kAsked, kAnswering, kAnswered };

// The one question at a time. Never destroyed: the handler may come late.
struct Question {
  std::atomic<std::uint32_t> state{kIdle};
  std::atomic<const record::ThreadState*> whose{nullptr};
  bool may_call = false;
  stack::Registers registers{};
  std::uint64_t at = 0;
  std::uint64_t stack_at = 0;
  std::size_t stack_bytes = 0;
  unsigned char stack[kMostStackBytes];
};
Question g_question;

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value, std::uint64_t ns) {
  const timespec timeout{static_cast<time_t>(ns / 1'000'000'000u), static_cast<long>(ns % 1'000'000'000u)};
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT_PRIVATE, value, &timeout, nullptr,
          0);
}

#if defined(__x86_64__)
constexpr int kRegisterOf[stack::Registers::kCount] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                                                       REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                                       REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};

// If our signal ended a wait that the thread had just begun, it begins it anew: at most the time that the signal took
// is waited twice.
void go_back_to_sleep(greg_t* registers) {
  if (registers[REG_RAX] != -EINTR) return;
  const std::int64_t number = repeatable_call_before(static_cast<std::uintptr_t>(registers[REG_RIP]),
                                                     static_cast<std::uintptr_t>(registers[REG_RSP]));
  if (number < 0) return;
  constexpr int kSystemCallBytes = 2;
  registers[REG_RAX] = number;
  registers[REG_RIP] -= kSystemCallBytes;
}
#endif

// From `from` to the stack's end, as far as it can be known to be there.
__attribute__((no_sanitize("address", "thread", "undefined"))) std::size_t copy_stack(
    const Question& question, const record::ThreadState& state, std::uint64_t from, unsigned char* to) {
  const stack::StackRange own = record::stack_range(state);
  std::size_t most = kMostStackBytes;
  const bool on_own = from >= own.bottom && from < own.top;
  if (on_own) most = std::min<std::size_t>(most, own.top - from);
  if (question.may_call) {
    const iovec local{to, most};
    const iovec remote{reinterpret_cast<void*>(from), most};
    const long got = syscall(SYS_process_vm_readv, getpid(), &local, 1ul, &remote, 1ul, 0ul);
    if (got > 0) return static_cast<std::size_t>(got);
  }
  if (!on_own) return 0;
  // Word by word: no sanitizer looks at other functions' frames.
  const auto* words = reinterpret_cast<const volatile std::uint64_t*>(from & ~std::uint64_t{7});
  auto* copies = reinterpret_cast<std::uint64_t*>(to);
  for (std::size_t i = 0; i < most / 8; ++i) copies[i] = words[i];
  return most / 8 * 8;
}

__attribute__((no_sanitize("address", "thread", "undefined"))) void on_signal(int, siginfo_t*,
                                                                              void* context) {
  const int kept_errno = errno;
#if defined(__x86_64__)
  greg_t* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  go_back_to_sleep(registers);
  Question& question = g_question;
  const record::ThreadState* whose = question.whose.load(std::memory_order_acquire);
  std::uint32_t expected = kAsked;
  if (whose != nullptr && record::t_pen.state == whose &&
      question.state.compare_exchange_strong(expected, kAnswering, std::memory_order_acq_rel)) {
    question.at = record::ticks();
    for (unsigned i = 0; i < stack::Registers::kCount; ++i) {
      question.registers.value[i] = static_cast<std::uint64_t>(registers[kRegisterOf[i]]);
    }
    question.registers.known = (1u << stack::Registers::kCount) - 1;
    question.stack_at = question.registers.value[stack::Registers::kStackPointer] & ~std::uint64_t{7};
    question.stack_bytes = copy_stack(question, *whose, question.stack_at, question.stack);
    question.state.store(kAnswered, std::memory_order_release);
    syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&question.state), FUTEX_WAKE_PRIVATE, INT_MAX,
            nullptr, nullptr, 0);
  }
#else
  (void)context;
#endif
  errno = kept_errno;
}

bool is_ours(int signal) {
  struct sigaction now {};
  return sigaction(signal, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 &&
         now.sa_sigaction == on_signal;
}

}  // namespace

bool Interrupt::install() {
  // The highest ones are the most used: libraries take the first or the last.
  for (int signal = SIGRTMAX - 2; signal > SIGRTMIN + 2; --signal) {
    if (is_ours(signal)) return signal_ = signal, true;
    struct sigaction now {};
    if (sigaction(signal, nullptr, &now) != 0 || now.sa_handler != SIG_DFL) continue;
    struct sigaction ours {};
    ours.sa_sigaction = on_signal;
    ours.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    sigfillset(&ours.sa_mask);
    if (sigaction(signal, &ours, nullptr) == 0) return signal_ = signal, true;
  }
  return false;
}

bool Interrupt::ask(const record::ThreadState* whose, std::uint32_t tid, bool may_call) {
  Question& question = g_question;
  // Sent to a process that has no handler for it any more, it would be its end.
  if (signal_ == 0 || question.state.load(std::memory_order_acquire) != kIdle || !is_ours(signal_))
    return false;
  question.may_call = may_call;
  question.whose.store(whose, std::memory_order_relaxed);
  question.state.store(kAsked, std::memory_order_release);
  if (syscall(SYS_tgkill, getpid(), static_cast<pid_t>(tid), signal_) == 0) return true;
  give_up();
  return false;
}

const record::ThreadState* Interrupt::awaited() const {
  const std::uint32_t state = g_question.state.load(std::memory_order_acquire);
  return state == kIdle ? nullptr : g_question.whose.load(std::memory_order_relaxed);
}

bool Interrupt::wait(std::uint64_t ns) {
  const std::uint64_t until = record::monotonic_ns() + ns;
  for (;;) {
    const std::uint32_t state = g_question.state.load(std::memory_order_acquire);
    if (state == kAnswered) return true;
    const std::uint64_t now = record::monotonic_ns();
    if (state == kIdle || now >= until) return false;
    futex_wait(g_question.state, state, until - now);
  }
}

stack::ThreadImage Interrupt::image(std::uint64_t& at) const {
  const Question& question = g_question;
  at = question.at;
  return {question.registers, question.stack_at, {question.stack, question.stack_bytes}};
}

void Interrupt::give_up() {
  Question& question = g_question;
  std::uint32_t state = kAsked;
  if (question.state.compare_exchange_strong(state, kIdle, std::memory_order_acq_rel)) return;
  // A handler is copying right now, which ends.
  while (question.state.load(std::memory_order_acquire) == kAnswering)
    futex_wait(question.state, kAnswering, 1'000'000);
  question.state.store(kIdle, std::memory_order_release);
}

}  // namespace loopscope::watch
