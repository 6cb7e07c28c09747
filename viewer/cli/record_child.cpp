#include "viewer/cli/record_child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace loopscope::cli {
namespace {

// All that can be waited for, but what the processor sends when we ourselves fail.
sigset_t waited_signals() {
  sigset_t set;
  sigfillset(&set);
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT}) sigdelset(&set, fault);
  return set;
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> result;
  result.reserve(words.size() + 1);
  for (const std::string& word : words) result.push_back(const_cast<char*>(word.c_str()));
  result.push_back(nullptr);
  return result;
}

// 'T' while stopped; '?' if it cannot be told.
char state_of(pid_t pid) {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/%d/stat", static_cast<int>(pid));
  char text[512] = {};
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return '?';
  ssize_t got = read(fd, text, sizeof text - 1);
  close(fd);
  // The name in parentheses may hold anything.
  const char* name_end = got > 0 ? std::strrchr(text, ')') : nullptr;
  return name_end != nullptr && name_end[1] == ' ' ? name_end[2] : '?';
}

bool in_foreground_of_a_terminal() {
  int terminal = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0) return false;
  bool foreground = tcgetpgrp(terminal) == getpgrp();
  close(terminal);
  return foreground;
}

}  // namespace

struct Child::Signals {
  sigset_t mask;  // as we were started
  struct sigaction child;
  struct sigaction pipe;
};

Child::Child() : signals_(new Signals) {
  sigset_t waited = waited_signals();
  sigprocmask(SIG_BLOCK, &waited, &signals_->mask);
  // Whoever started us may ignore SIGCHLD, and then there would be no exit code to collect.
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &by_default, &signals_->child);
  // A closed stderr must not end the recording.
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &signals_->pipe);
}

Child::~Child() {
  // What came for the child as it ended must not end us before its trace is in order.
  sigset_t waited = waited_signals();
  timespec now{};
  while (sigtimedwait(&waited, nullptr, &now) > 0) {
  }
  sigaction(SIGCHLD, &signals_->child, nullptr);
  sigaction(SIGPIPE, &signals_->pipe, nullptr);
  sigprocmask(SIG_SETMASK, &signals_->mask, nullptr);
  delete signals_;
}

Result<pid_t> Child::start(const std::string& path, const std::vector<std::string>& arguments,
                           const std::vector<std::string>& environment) {
  std::vector<char*> argv = pointers(arguments);
  std::vector<char*> envp = pointers(environment);
  // A file without a first line that names its interpreter is the shell's, as for execvp.
  std::vector<std::string> shell_arguments = {arguments.empty() ? path : arguments[0], path};
  if (arguments.size() > 1)
    shell_arguments.insert(shell_arguments.end(), arguments.begin() + 1, arguments.end());
  std::vector<char*> shell_argv = pointers(shell_arguments);

  // Closed by a successful exec, else it brings the reason.
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return Error{std::strerror(errno), "pipe", ""};
  pid_ = fork();
  if (pid_ < 0) {
    Error error{std::string("cannot start another process: ") + std::strerror(errno), path, ""};
    close(report[0]);
    close(report[1]);
    return error;
  }
  if (pid_ == 0) {
    sigaction(SIGCHLD, &signals_->child, nullptr);
    sigaction(SIGPIPE, &signals_->pipe, nullptr);
    sigprocmask(SIG_SETMASK, &signals_->mask, nullptr);
    execve(path.c_str(), argv.data(), envp.data());
    if (errno == ENOEXEC) execve("/bin/sh", shell_argv.data(), envp.data());
    int reason = errno;
    ssize_t ignored = write(report[1], &reason, sizeof reason);
    static_cast<void>(ignored);
    _exit(125);
  }
  close(report[1]);
  int reason = 0;
  ssize_t got;
  while ((got = read(report[0], &reason, sizeof reason)) < 0 && errno == EINTR) {
  }
  close(report[0]);
  if (got != sizeof reason) return pid_;
  waitpid(pid_, nullptr, 0);
  return Error{std::strerror(reason), path, ""};
}

ChildEnd Child::wait(std::chrono::milliseconds interval, const std::function<void()>& tick) {
  using Clock = std::chrono::steady_clock;
  sigset_t waited = waited_signals();
  Clock::time_point next = Clock::now() + interval;
  ChildEnd end;
  while (!collect(end)) {
    siginfo_t info;
    int signal;
    if (interval.count() == 0) {
      signal = sigwaitinfo(&waited, &info);
    } else {
      auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(next - Clock::now()).count();
      timespec timeout{left > 0 ? left / 1'000'000'000 : 0, left > 0 ? left % 1'000'000'000 : 0};
      signal = sigtimedwait(&waited, &info, &timeout);
    }
    if (signal > 0 && signal != SIGCHLD) pass_on(signal, info.si_code, info.si_pid);
    if (interval.count() != 0 && Clock::now() >= next) {
      tick();
      next = Clock::now() + interval;
    }
  }
  return end;
}

bool Child::collect(ChildEnd& end) {
  int status = 0;
  pid_t changed;
  while ((changed = waitpid(pid_, &status, WNOHANG | WUNTRACED)) == pid_) {
    if (WIFSTOPPED(status)) {
      stop_with_child(WSTOPSIG(status));
      continue;
    }
    end.exited = WIFEXITED(status);
    if (end.exited) end.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
    return true;
  }
  return changed < 0 && errno != EINTR;  // gone without a word: nothing left to wait for
}

// The shell watches this process, not the child: Ctrl-Z has to show up here. A SIGSTOP from elsewhere stops only
// the child, since whoever sent it knows nothing of us and would not wake us.
void Child::stop_with_child(int signal) {
  bool job_control = signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
  if (!job_control && !in_foreground_of_a_terminal()) return;
  raise(SIGSTOP);
  // Here again by a SIGCONT, which is blocked and now waits for pass_on.
}

// The shell continues the whole group, and a program may act on every SIGCONT; but `kill -CONT` may have meant us
// alone. The kernel walks the group one by one, so the child gets a moment to be reached too.
void Child::continue_if_left_behind() {
  timespec moment{0, 10'000'000};
  nanosleep(&moment, nullptr);
  // Stopped anew, by the next Ctrl-Z: that one is to last.
  siginfo_t info{};
  bool stopped_anew =
      waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
  if (!stopped_anew && state_of(pid_) == 'T') kill(pid_, SIGCONT);
}

void Child::pass_on(int signal, int code, pid_t sender) {
  // From the kernel: the terminal, a timer, a limit. From the child: it signalled its whole group.
  bool sent_by_somebody = code <= 0 && sender != pid_;
  if (!sent_by_somebody) return;
  if (signal == SIGCONT) return continue_if_left_behind();
  kill(pid_, signal);
}

}  // namespace loopscope::cli
