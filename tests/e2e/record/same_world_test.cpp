// A recorded program sees and does what it sees and does without us.
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/e2e/record/run.h"

namespace loopscope::e2e {
namespace {

TEST(Record, ExitsWithTheProgramsCode) {
  WorkingFolder folder;
  for (int code : {0, 1, 7, 125, 255}) {
    EXPECT_EQ(run(recorded({program("puppet"), "exit", std::to_string(code)})).status, code);
  }
}

TEST(Record, ExitsWith128AndTheSignalThatKilledTheProgram) {
  WorkingFolder folder;
  for (int signal : {SIGTERM, SIGKILL, SIGSEGV, SIGPIPE}) {
    EXPECT_EQ(run(recorded({program("puppet"), "die", std::to_string(signal)})).status, 128 + signal);
  }
}

TEST(Record, LeavesStandardInputAndOutputToTheProgram) {
  WorkingFolder folder;
  std::string input;
  for (int i = 0; input.size() < 1'000'003; ++i) input += std::to_string(i) + '\0';
  Outcome outcome = run(recorded({program("puppet"), "copy"}), input);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(outcome.out == input) << outcome.out.size() << " of " << input.size() << " bytes";
  EXPECT_EQ(outcome.err.substr(0, 7), "copied\n");
}

TEST(Record, SaysNothingOfItsOwnOnStandardOutput) {
  WorkingFolder folder;
  EXPECT_EQ(run(recorded({program("looper"), "exit", "0"})).out, "");
}

std::vector<std::string> lines(const std::string& text, bool (*keep)(const std::string&)) {
  std::vector<std::string> result;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (keep(line)) result.push_back(line);
  }
  return result;
}

bool is_not_ours(const std::string& line) {
  return line.find("environment LOOPSCOPE_") != 0 && line.find("environment LD_PRELOAD=") != 0;
}

TEST(Record, ChangesNothingElseThatTheProgramInherits) {
  WorkingFolder folder;
  auto unusual = [] {
    signal(SIGUSR2, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGWINCH);
    sigprocmask(SIG_SETMASK, &blocked, nullptr);
    setenv("LOOPED", "23 times = ok", 1);
  };
  std::vector<std::string> words = {program("puppet"), "describe", "", "a b", "--", "-o", "$x"};
  Outcome plain = Running(words, unusual).finish();
  Outcome under = Running(recorded(words), unusual).finish();
  EXPECT_EQ(plain.status, 0);
  EXPECT_EQ(lines(under.out, is_not_ours), lines(plain.out, is_not_ours));
}

TEST(Record, KeepsWhatWasPreloadedBefore) {
  WorkingFolder folder;
  Outcome outcome = Running(recorded({program("puppet"), "describe"}), [] {
                      setenv("LD_PRELOAD", "libm.so.6", 1);
                    }).finish();
  EXPECT_NE(outcome.out.find("libloopscope_preload.so:libm.so.6\n"), std::string::npos) << outcome.out;
}

TEST(Record, FindsProgramsInPath) {
  WorkingFolder folder;
  auto set_path = [] { setenv("PATH", (std::string("/nowhere:") + PROGRAMS).c_str(), 1); };
  Outcome outcome = Running(recorded({"puppet", "describe"}), set_path).finish();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out.substr(0, 16), "argument puppet\n");
}

TEST(Record, RunsScriptsWithAndWithoutInterpreterLine) {
  WorkingFolder folder;
  std::ofstream("with") << "#!/bin/sh -e\necho \"$1\"; exit 23\n";
  std::ofstream("without") << "echo \"$1\"; exit 23\n";
  for (const char* name : {"./with", "./without"}) {
    std::filesystem::permissions(name, std::filesystem::perms::owner_all);
    Outcome outcome = run(recorded({name, "a b"}));
    EXPECT_EQ(outcome.status, 23) << name;
    EXPECT_EQ(outcome.out, "a b\n") << name;
  }
}

TEST(Record, NeedsNoSeparatorBeforeAPlainProgram) {
  WorkingFolder folder;
  EXPECT_EQ(run({LOOPSCOPE, "record", "-o", "other.pb", program("puppet"), "exit", "7"}).status, 7);
}

}  // namespace
}  // namespace loopscope::e2e
