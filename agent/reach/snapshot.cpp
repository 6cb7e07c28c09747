#include "agent/reach/snapshot.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "agent/reach/search.h"

namespace loopscope::reach {
namespace {

std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

// If memory gets short it is the child that goes, not the program.
void go_first() {
  const int file =
      static_cast<int>(syscall(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (file < 0) return;
  syscall(SYS_write, file, "1000", 4);
  syscall(SYS_close, file);
}

[[noreturn]] void be_child(Case& of, const Regions& original) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, "loopscope-reach");
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  go_first();
  search(of, original);
  of.done.store(1, std::memory_order_release);
  syscall(SYS_futex, &of.done, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  for (;;) syscall(SYS_exit_group, 0);
}

}  // namespace

bool Snapshot::take(Case& of, const Regions& original) {
  // Without a signal at its end: who waits for children does not find it.
#if defined(__s390__)
#error "clone's arguments stand in another order"
#endif
  const long child = syscall(SYS_clone, 0, nullptr, nullptr, nullptr, nullptr);
  if (child == 0) be_child(of, original);
  child_ = child > 0 ? static_cast<int>(child) : 0;
  return child_ > 0;
}

void Snapshot::wait(Case& of, std::uint64_t until_ns) {
  int status = 0;
  bool is_gone = false;
  for (;;) {
    if (of.done.load(std::memory_order_acquire) != 0) break;
    is_gone = syscall(SYS_wait4, child_, &status, WNOHANG | __WALL, nullptr) == child_;
    const std::uint64_t now = now_ns();
    if (is_gone || now >= until_ns) break;
    const timespec pause{0, 5'000'000};
    syscall(SYS_futex, &of.done, FUTEX_WAIT, 0, &pause, nullptr, 0);
  }
  const bool judged = of.done.load(std::memory_order_acquire) != 0;
  if (!judged && of.trouble == Trouble::none) {
    of.trouble = is_gone ? Trouble::child_failed : Trouble::no_time;
  }
  if (is_gone) child_ = 0;
  give_up();
}

void Snapshot::give_up() {
  if (child_ == 0) return;
  int status = 0;
  kill(child_, SIGKILL);
  while (syscall(SYS_wait4, child_, &status, __WALL, nullptr) < 0 && errno == EINTR) {
  }
  child_ = 0;
}

}  // namespace loopscope::reach
