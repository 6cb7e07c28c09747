// Programs whose file is no longer the one that ran: deleted or built anew while they were recorded. Wrong names would
// look as right as the right ones.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/e2e/record/run.h"

namespace loopscope::e2e {
namespace {

namespace fs = std::filesystem;

// What `loopscope analyze` says of a recording during which `change` came over the program's file.
template <class Change>
std::string report_after(const WorkingFolder& folder, Change change) {
  const std::string path = folder.path() + "/server";
  fs::copy_file(program("looper"), path);
  Running recording(recorded({path, "say and wait"}));
  EXPECT_TRUE(recording.wait_for_output("ran"));
  change(path);
  EXPECT_EQ(recording.finish().status, 0);
  const Outcome report = run({LOOPSCOPE, "analyze", "trace.pb"});
  EXPECT_EQ(report.status, 0) << report.err;
  return report.out;
}

TEST(ReplacedProgram, IsNamedAsLongAsItIsTheSameBuild) {
  const WorkingFolder folder;
  const std::string report = report_after(folder, [](const std::string& path) {
    fs::remove(path);
    fs::copy_file(program("looper"), path);
  });
  EXPECT_NE(report.find("run_loop"), std::string::npos) << report;
  EXPECT_EQ(report.find("no names from"), std::string::npos) << report;
}

TEST(ReplacedProgram, DeletedWhileItRanIsSaidToBeGone) {
  const WorkingFolder folder;
  const std::string report = report_after(folder, [](const std::string& path) { fs::remove(path); });
  EXPECT_EQ(report.find("run_loop"), std::string::npos) << report;
  EXPECT_NE(report.find("no names from server: file is gone"), std::string::npos) << report;
}

TEST(ReplacedProgram, BuiltAnewWhileItRanIsRefused) {
  const WorkingFolder folder;
  const std::string report = report_after(folder, [](const std::string& path) {
    fs::remove(path);
    fs::copy_file(program("puppet"), path);
  });
  EXPECT_EQ(report.find("run_loop"), std::string::npos) << report;
  EXPECT_NE(report.find("no names from server: build id differs"), std::string::npos) << report;
}

// The names in the trace are the recording's: what becomes of the file later is all one.
TEST(ReplacedProgram, AfterItsRecordingIsStillNamed) {
  const WorkingFolder folder;
  report_after(folder, [](const std::string&) {});
  fs::remove("server");
  fs::copy_file(program("puppet"), "server");
  const Outcome report = run({LOOPSCOPE, "analyze", "trace.pb"});
  EXPECT_NE(report.out.find("run_loop"), std::string::npos) << report.out;
  EXPECT_EQ(report.out.find("no names from"), std::string::npos) << report.out;
}

}  // namespace
}  // namespace loopscope::e2e
