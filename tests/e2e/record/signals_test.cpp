// Signals reach the recorded program once, whoever sends them to whom.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <string>

#include "tests/e2e/record/run.h"

namespace loopscope::e2e {
namespace {

std::string line(int signal) { return "signal " + std::to_string(signal) + "\n"; }

TEST(RecordSignals, SentToItAreTheProgramsToHandle) {
  WorkingFolder folder;
  Running record(recorded({program("puppet"), "signals"}));
  ASSERT_TRUE(record.wait_for_output("ready\n"));
  std::string expected = "ready\n";
  for (int signal : {SIGHUP, SIGUSR1, SIGUSR2, SIGINT, SIGQUIT, SIGALRM, SIGWINCH, SIGRTMIN + 3}) {
    kill(record.pid(), signal);
    ASSERT_TRUE(record.wait_for_output(line(signal)));
    expected += line(signal);
  }
  kill(record.pid(), SIGTERM);
  Outcome outcome = record.finish();
  EXPECT_EQ(outcome.out, expected + line(SIGTERM));
  EXPECT_EQ(outcome.status, 23);
}

TEST(RecordSignals, EndTheProgramAndThenTheRecording) {
  WorkingFolder folder;
  Running record(recorded({program("puppet"), "wait"}));
  ASSERT_TRUE(record.wait_for_output("ready\n"));
  kill(record.pid(), SIGTERM);
  Outcome outcome = record.finish();
  EXPECT_EQ(outcome.status, 128 + SIGTERM);
  EXPECT_NE(outcome.err.find("nothing recorded"), std::string::npos);
}

}  // namespace
}  // namespace loopscope::e2e
