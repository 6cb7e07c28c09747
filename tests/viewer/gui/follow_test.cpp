// A trace that is looked at while it is recorded: what is new is shown soon, the view can be held, and at the end nothing
// is missing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <thread>

#include "tests/viewer/gui/screen.h"
#include "viewer/base/text.h"

namespace loopscope::testing {
namespace {

using nlohmann::json;

// Records leaky_requests beside the test, for some seconds.
class Recording {
 public:
  explicit Recording(const std::string& trace) : trace_(trace) {
    child_ = fork();
    if (child_ == 0) {
      execl(LOOPSCOPE_PROGRAM, "loopscope", "record", "--no-symbols", "-o", trace.c_str(), "--",
            LOOPSCOPE_LOAD, "4001", static_cast<char*>(nullptr));
      _exit(127);
    }
    // The trace is there as soon as its process header is.
    for (int i = 0; i < 1000 && !std::filesystem::exists(trace); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  ~Recording() {
    if (child_ > 0) waitpid(child_, nullptr, 0);
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  int wait() {
    int status = -1;
    waitpid(child_, &status, 0);
    child_ = -1;
    return status;
  }

 private:
  std::string trace_;
  pid_t child_;
};

TEST(Follow, ShowsNewEpochsAndEndsWithWhatAnalyzeSays) {
  const std::string trace = folder() + "/live.pb";
  const std::string last = folder() + "/last.txt";
  Recording recording(trace);
  const ViewerRun run = run_viewer(
      "wait-loaded\nexpect Live\nwait-follow 7\nframes 1\nwait \"exit code 0\" 60\nframes 3\n"
      "expect-not Live\nsave-text " +
          last + "\n",
      {"--follow", trace, "--size", "1600x900"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(recording.wait(), 0);
  std::smatch told;
  ASSERT_TRUE(
      std::regex_search(run.out, told, std::regex("states: ([0-9]+) shown, newest event (-?[0-9]+) ms old")))
      << run.out;
  EXPECT_GE(std::stoi(told[1]), 7);
  const json report = json::parse(output_of({LOOPSCOPE_PROGRAM, "analyze", "--format", "json", trace}));
  EXPECT_EQ(report["trace"]["lost_events"], 0);
  EXPECT_THAT(contents_of(last),
              ::testing::HasSubstr(count_text(report["trace"]["events"].get<std::uint64_t>()) + " events"));
}

TEST(Follow, HoldsTheViewWhileDataComesIn) {
  const std::string trace = folder() + "/held.pb";
  const std::string early = folder() + "/early.txt";
  const std::string late = folder() + "/late.txt";
  Recording recording(trace);
  const ViewerRun run = run_viewer(
      "wait-loaded\nkey Space\nexpect Held\nwait-follow 1\nframes 30\nwait-gone \"Held: the\" 9\nsave-text " +
          early + "\nwait-follow 3\nframes 3\nsave-text " + late + "\nkey Space\nexpect-not Held\n",
      {"--follow", trace});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(contents_of(early), "");
  EXPECT_EQ(contents_of(early), contents_of(late));
}

}  // namespace
}  // namespace loopscope::testing
