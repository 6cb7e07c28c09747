// What is in the trace when the program ended, or went on, in each of these ways.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/agent/recorded.h"

using loopscope::model::EndReason;
using loopscope::model::Trace;

namespace {

const Counts kParent{124, 101, 23};

class Ending : public testing::Test {
 protected:
  int run(const std::string& scenario, const std::string& folder = "") {
    last_ = run_host(ENDINGS_HOST, {scenario, trace_path(), folder.empty() ? folder_.path() : folder});
    return last_.exit_code;
  }
  std::string trace_path() const { return folder_.path("t.pb"); }
  Trace trace() const { return read_recorded(trace_path()); }

  // Traces of other processes beside t.pb.
  std::vector<std::string> other_traces() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      if (entry.path().extension() == ".pb" && entry.path() != trace_path()) found.push_back(entry.path());
    }
    return found;
  }

  Folder folder_;
  HostRun last_;
};

TEST_F(Ending, ByExitIsWritten) {
  EXPECT_EQ(run("exit"), 7);
  const Trace seen = trace();
  EXPECT_EQ(tasks_of(seen, "parent"), kParent);
  EXPECT_EQ(seen.end_reason, EndReason::exit);
  EXPECT_TRUE(seen.exit_code_known);
  EXPECT_EQ(seen.exit_code, 7);
  EXPECT_TRUE(seen.integrity.complete());
  EXPECT_EQ(last_.errors, "");
}

TEST_F(Ending, ByExitFromAFunctionIsWritten) {
  EXPECT_EQ(run("exit-in-function"), 11);
  const Trace seen = trace();
  EXPECT_EQ(tasks_of(seen, "parent"), kParent);
  EXPECT_EQ(seen.exit_code, 11);
}

TEST_F(Ending, KeepsTheTraceAndNothingElse) {
  EXPECT_EQ(run("exit"), 7);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1);
  struct stat status {};
  ASSERT_EQ(stat(trace_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u) << "traces hold argv and paths";
}

TEST_F(Ending, WithoutAWordIsRecovered) {
  for (auto [scenario, code] :
       {std::pair{"_exit", 13}, {"abort", 128 + 6}, {"segv", 128 + 11}, {"kill", 128 + 9}}) {
    EXPECT_EQ(run(scenario), code) << scenario;
    const Trace seen = trace();
    EXPECT_EQ(tasks_of(seen, "parent"), kParent) << scenario;
    EXPECT_EQ(seen.end_reason, EndReason::killed) << scenario;
    EXPECT_EQ(seen.integrity.lost_events, 0u) << scenario;
  }
}

TEST_F(Ending, ByStopLeavesOutWhatComesLater) {
  EXPECT_EQ(run("stop"), 0);
  const Trace seen = trace();
  EXPECT_EQ(tasks_of(seen, "parent"), kParent);
  EXPECT_EQ(tasks_of(seen, "after").created, 0u);
  EXPECT_EQ(seen.end_reason, EndReason::stopped);
}

TEST_F(Ending, ByStopCanBeFollowedByAnotherRecording) {
  EXPECT_EQ(run("restart"), 0);
  EXPECT_EQ(tasks_of(trace(), "parent"), kParent);
  const Trace second = read_recorded(trace_path() + ".2.pb");
  EXPECT_EQ(tasks_of(second, "parent").created, 0u);
  EXPECT_EQ(tasks_of(second, "second"), (Counts{5, 0, 5}));
}

TEST_F(Ending, IncludesWhatDestructorsDo) {
  EXPECT_EQ(run("destructor"), 0);
  EXPECT_EQ(tasks_of(trace(), "destructor"), (Counts{3, 0, 3}));
}

#ifndef __SANITIZE_THREAD__  // its runtime ends a forked child that starts a thread
TEST_F(Ending, OfAForkedChildHasItsOwnTrace) {
  EXPECT_EQ(run("fork"), 5);
  const Trace parent = trace();
  EXPECT_EQ(tasks_of(parent, "parent"), kParent);
  EXPECT_EQ(tasks_of(parent, "after"), (Counts{7, 0, 7}));
  EXPECT_EQ(tasks_of(parent, "child").created, 0u);
  ASSERT_EQ(other_traces().size(), 1u);
  const Trace child = read_recorded(other_traces()[0]);
  EXPECT_EQ(tasks_of(child, "child"), (Counts{13, 0, 13}));
  EXPECT_EQ(tasks_of(child, "parent").created, 0u);
  EXPECT_NE(child.process.pid, parent.process.pid);
}
#endif

TEST_F(Ending, OfAForkedChildHasNoTraceWhereChildrenAreOff) {
  setenv("LOOPSCOPE_CHILDREN", "0", 1);
  EXPECT_EQ(run("fork"), 5);
  unsetenv("LOOPSCOPE_CHILDREN");
  EXPECT_EQ(tasks_of(trace(), "after"), (Counts{7, 0, 7}));
  EXPECT_EQ(other_traces().size(), 0u);
}

TEST_F(Ending, OfAChildThatLibcDoesNotKnowOfLeavesTheParentsTraceAlone) {
  EXPECT_EQ(run("raw-clone"), 0);
  const Trace seen = trace();
  EXPECT_EQ(tasks_of(seen, "child").created, 0u);
  EXPECT_EQ(tasks_of(seen, "after"), (Counts{7, 0, 7}));
}

#ifndef __SANITIZE_THREAD__  // its runtime ends a forked child that starts a thread
TEST_F(Ending, OfADaemonIsInItsOwnTrace) {
  EXPECT_EQ(run("daemon"), 0);
  EXPECT_EQ(tasks_of(trace(), "parent"), kParent);
  ASSERT_EQ(other_traces().size(), 1u);
  EXPECT_EQ(tasks_of(read_recorded(other_traces()[0]), "daemon"), (Counts{13, 0, 13}));
}
#endif

TEST_F(Ending, ByExecIsRecovered) {
  EXPECT_EQ(run("exec"), 17);
  EXPECT_EQ(tasks_of(trace(), "parent"), kParent);
}

TEST_F(Ending, SurvivesAProgramThatClosesAllFiles) {
  EXPECT_EQ(run("close-all"), 0);
  const Trace seen = trace();
  EXPECT_EQ(tasks_of(seen, "parent"), kParent);
  EXPECT_EQ(tasks_of(seen, "after"), (Counts{7, 0, 7}));
  EXPECT_TRUE(seen.integrity.complete());
}

TEST_F(Ending, SurvivesChrootAndLostPrivileges) {
  if (geteuid() != 0) {
    // Only root may do either: then both must fail cleanly, and the trace must be whole.
    EXPECT_EQ(run("chroot"), 93);
    EXPECT_EQ(tasks_of(trace(), "parent"), kParent);
    return;
  }
  for (const char* scenario : {"chroot", "drop-privileges"}) {
    EXPECT_EQ(run(scenario), 0) << scenario;
    const Trace seen = trace();
    EXPECT_EQ(tasks_of(seen, "parent"), kParent) << scenario;
    EXPECT_EQ(tasks_of(seen, "after"), (Counts{7, 0, 7})) << scenario;
    EXPECT_TRUE(seen.integrity.complete()) << scenario;
  }
}

TEST_F(Ending, OnAFullDiskCountsWhatIsLost) {
  EXPECT_EQ(run("full-disk"), 0) << "the host must not notice";
  const Trace seen = trace();
  EXPECT_FALSE(seen.integrity.complete());
  EXPECT_LT(tasks_of(seen, "lost").created, 50u * 20'011u);
}

TEST_F(Ending, OfARecordingThatCannotBeginSaysWhy) {
  EXPECT_EQ(run("unwritable"), 0);
  EXPECT_NE(last_.errors.find("/proc/no/such/folder/t.pb"), std::string::npos) << last_.errors;
}

TEST_F(Ending, OfThreadsLosesNothing) {
  EXPECT_EQ(run("threads"), 0);
  const Trace seen = trace();
  EXPECT_EQ(tasks_of(seen, "thread"), (Counts{53 * 7 * 3, 53 * 7 * 2, 53 * 7}));
  EXPECT_EQ(seen.threads.size(), 53u * 7u);
  EXPECT_TRUE(seen.integrity.complete());
}

TEST_F(Ending, OfDeeplyNestedSpansFinishesAllTasks) {
  EXPECT_EQ(run("recursion"), 0);
  EXPECT_EQ(tasks_of(trace(), "deep"), (Counts{101, 101, 0}));
}

TEST_F(Ending, OfAnInterruptedEventLosesOnlyTheHandlersAndCountsThem) {
  EXPECT_EQ(run("signals"), 0);
  const Trace seen = trace();
  EXPECT_EQ(tasks_of(seen, "interrupted").created, 200'026u);
  EXPECT_EQ(seen.integrity.damaged_packets, 0u);
  EXPECT_EQ(seen.integrity.missing_packets, 0u);
}

TEST_F(Ending, LeavesErrnoAlone) { EXPECT_EQ(run("errno"), 0); }

TEST_F(Ending, OfALibraryThatWasClosedStillHasItsTasks) {
  EXPECT_EQ(run("dlclose", RECORDING_LIBRARY), 0);
  EXPECT_EQ(tasks_of(trace(), "library"), (Counts{23, 0, 23}));
}

}  // namespace
