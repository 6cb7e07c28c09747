// A program killed at any moment: every event it knew to be recorded is found, and none is that it did not
// record. LOOPSCOPE_SIGKILL_ROUNDS sets how many moments are tried.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

#include "tests/agent/hosts/logging.h"
#include "tests/agent/recorded.h"

namespace {

using loopscope::model::TaskIndex;

class SharedLog {
 public:
  explicit SharedLog(const std::string& path) {
    const int fd = open(path.c_str(), O_RDWR | O_CREAT, 0600);
    EXPECT_EQ(ftruncate(fd, sizeof(Log)), 0);
    log_ = static_cast<Log*>(mmap(nullptr, sizeof(Log), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    close(fd);
  }
  ~SharedLog() { munmap(log_, sizeof(Log)); }
  const Log& operator*() const { return *log_; }

 private:
  Log* log_;
};

void compare(const Log& log, const loopscope::model::Trace& trace, int threads) {
  EXPECT_EQ(trace.integrity.lost_events, 0u);
  std::uint64_t logged = 0;
  for (int t = 0; t < threads; ++t) {
    const ThreadLog& thread = log.thread[t];
    logged += thread.tasks;
    for (std::uint64_t i = 0; i < thread.tasks; ++i) {
      const TaskIndex task = trace.tasks.find(thread.task[i]);
      const std::uint8_t stage = thread.stage[i];
      SCOPED_TRACE("task " + std::to_string(thread.task[i]));
      ASSERT_NE(task, loopscope::model::kNoTask) << "was recorded and is not there";
      ASSERT_TRUE(stage < kEnded || trace.tasks.spans(task) == 1);
      ASSERT_TRUE(stage != kFinished || !trace.tasks.pending(task));
      // The last one of a thread may have got further than it could note.
      ASSERT_TRUE(stage == kFinished || i + 1 == thread.tasks || trace.tasks.pending(task))
          << "finish invented";
    }
  }
  EXPECT_GE(trace.tasks.size(), logged);
  EXPECT_LE(trace.tasks.size(), logged + static_cast<std::uint64_t>(threads)) << "tasks that nobody recorded";
}

TEST(Sigkill, AtAnyMomentLosesNoEventAndInventsNone) {
  const char* asked = std::getenv("LOOPSCOPE_SIGKILL_ROUNDS");
  const int rounds = asked != nullptr ? std::atoi(asked) : 200;
  std::mt19937 random(20'011);
  for (int round = 0; round < rounds && !HasFatalFailure(); ++round) {
    const Folder folder;
    const int threads = 1 + round % 3;
    const std::string count = std::to_string(threads), trace = folder.path("t.pb"),
                      log_path = folder.path("log");
    const SharedLog log(log_path);
    const pid_t child = fork();
    if (child == 0) {
      execl(LOGGING_HOST, "logging", trace.c_str(), log_path.c_str(), count.c_str(), nullptr);
      _exit(127);
    }
    while ((*log).running == 0) ASSERT_EQ(waitpid(child, nullptr, WNOHANG), 0) << "the host did not start";
    usleep(static_cast<useconds_t>(random() % 80'000));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    SCOPED_TRACE("round " + std::to_string(round));
    compare(*log, read_recorded(trace), threads);
  }
}

}  // namespace
