// On a terminal: Ctrl-C and Ctrl-Z do to a recorded program what they do to a plain one. The test is the shell.
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "tests/e2e/record/run.h"

namespace loopscope::e2e {
namespace {

// What the shell prints in between; each on a line of its own.
constexpr int kFailed = 99;

// In the child of forkpty, leader of the terminal's session: runs the command as the foreground job; when it
// stops, says so and continues it. Its own exit code is the job's.
[[noreturn]] void be_shell(const std::vector<std::string>& command) {
  signal(SIGTTOU, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  signal(SIGTSTP, SIG_IGN);
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t job = fork();
  if (job == 0) {
    setpgid(0, 0);
    tcsetpgrp(0, getpgrp());
    for (int number : {SIGTTOU, SIGINT, SIGTSTP}) signal(number, SIG_DFL);
    execv(argv[0], argv.data());
    _exit(kFailed);
  }
  setpgid(job, job);
  int status = 0;
  while (waitpid(job, &status, WUNTRACED) == job) {
    if (!WIFSTOPPED(status)) _exit(WIFEXITED(status) ? WEXITSTATUS(status) : kFailed);
    tcsetpgrp(0, getpgrp());
    dprintf(1, "stopped\n");
    tcsetpgrp(0, job);
    kill(-job, SIGCONT);
    dprintf(1, "continued\n");
  }
  _exit(kFailed);
}

class Terminal {
 public:
  explicit Terminal(const std::vector<std::string>& command) {
    shell_ = forkpty(&master_, nullptr, nullptr, nullptr);
    if (shell_ == 0) be_shell(command);
  }
  // The program may well go on without its terminal; the test may not leave it behind.
  ~Terminal() {
    pid_t job = tcgetpgrp(master_);
    if (job > 0 && job != getpgrp()) kill(-job, SIGKILL);
    kill(shell_, SIGKILL);
    waitpid(shell_, nullptr, 0);
    close(master_);
  }

  void type(const std::string& keys) {
    EXPECT_EQ(write(master_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }

  // Until `text` was printed behind what earlier calls waited for.
  bool wait_for(const std::string& text) {
    while (true) {
      std::size_t found = output_.find(text, seen_);
      if (found != std::string::npos) {
        seen_ = found + text.size();
        return true;
      }
      if (!read_more()) return false;
    }
  }

  int finish() {
    while (read_more()) {
    }
    siginfo_t end{};
    waitid(P_PID, static_cast<id_t>(shell_), &end, WEXITED | WNOWAIT);
    return end.si_code == CLD_EXITED ? end.si_status : -1;
  }

  const std::string& output() const { return output_; }

 private:
  bool read_more() {
    pollfd watched{master_, POLLIN, 0};
    char buffer[4096];
    if (poll(&watched, 1, 60'000) <= 0) {
      ADD_FAILURE() << "nothing happened for a minute; so far: " << output_;
      return false;
    }
    ssize_t got = read(master_, buffer, sizeof buffer);
    if (got > 0) output_.append(buffer, static_cast<std::size_t>(got));
    return got > 0;
  }

  int master_ = -1;
  pid_t shell_ = -1;
  std::string output_;
  std::size_t seen_ = 0;
};

int count(const std::string& text, const std::string& part) {
  int times = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++times;
  return times;
}

TEST(RecordOnATerminal, PassesCtrlCToTheProgramOnce) {
  WorkingFolder folder;
  Terminal terminal(recorded({program("puppet"), "signals"}));
  ASSERT_TRUE(terminal.wait_for("ready"));
  terminal.type("\x03");
  ASSERT_TRUE(terminal.wait_for("signal 2\r\n"));
  terminal.type("\x1c");
  ASSERT_TRUE(terminal.wait_for("signal 3\r\n"));
  // Had one come twice, its second would be there before this.
  terminal.type("\x03");
  ASSERT_TRUE(terminal.wait_for("signal 2\r\n"));
  EXPECT_EQ(count(terminal.output(), "signal 2"), 2);
  EXPECT_EQ(count(terminal.output(), "signal 3"), 1);
}

TEST(RecordOnATerminal, StopsAndContinuesAsAJob) {
  WorkingFolder folder;
  Terminal terminal(recorded({program("puppet"), "signals"}));
  ASSERT_TRUE(terminal.wait_for("ready"));
  for (int round = 0; round < 3; ++round) {
    terminal.type("\x1a");
    ASSERT_TRUE(terminal.wait_for("stopped"));
    ASSERT_TRUE(terminal.wait_for("continued"));
    terminal.type("\x03");
    ASSERT_TRUE(terminal.wait_for("signal 2\r\n"));
  }
  EXPECT_EQ(count(terminal.output(), "signal 2"), 3);
}

TEST(RecordOnATerminal, EndsWithTheProgramOnCtrlCAndStillFinishesTheTrace) {
  WorkingFolder folder;
  Terminal terminal(recorded({program("puppet"), "wait"}));
  ASSERT_TRUE(terminal.wait_for("ready"));
  terminal.type("\x03");
  EXPECT_EQ(terminal.finish(), 128 + SIGINT);
  EXPECT_NE(terminal.output().find("nothing recorded"), std::string::npos) << terminal.output();
}

TEST(RecordOnATerminal, DrawsNoLineThroughTheProgramsOutput) {
  WorkingFolder folder;
  Terminal terminal(recorded({program("puppet"), "exit", "7"}));
  EXPECT_EQ(terminal.finish(), 7);
  EXPECT_EQ(terminal.output().find("\033["), std::string::npos) << terminal.output();
}

}  // namespace
}  // namespace loopscope::e2e
