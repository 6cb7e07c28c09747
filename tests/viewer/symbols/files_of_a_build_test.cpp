// Which files names are taken from: those of the very build that ran, wherever they are by now, and no others.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/viewer/symbols/places.h"
#include "viewer/symbols/resolve.h"

namespace loopscope::symbols {
namespace {

namespace fs = std::filesystem;

const model::AddressNames kNothingEmbedded;

TEST(Resolve, FindsTheDebugFileByBuildId) {
  TemporaryFolder folder;
  Places places = run_places("places_stripped");
  const std::string& id = places.trace.modules[0].build_id;
  fs::create_directories(folder / ".build-id/" + id.substr(0, 2));
  fs::copy_file(fixture("places_linked.debug"),
                folder / ".build-id/" + id.substr(0, 2) + "/" + id.substr(2) + ".debug");
  Options options;
  options.debug_dirs = {folder.path()};
  resolve(places.trace, kNothingEmbedded, options);
  expect_all_positions(places);
}

TEST(Resolve, UsesTheDebugFileOfAProgramThatIsGone) {
  TemporaryFolder folder;
  Places places = run_places("places_stripped");
  const std::string id = places.trace.modules[0].build_id;
  fs::create_directories(folder / ".build-id/" + id.substr(0, 2));
  fs::copy_file(fixture("places_linked.debug"),
                folder / ".build-id/" + id.substr(0, 2) + "/" + id.substr(2) + ".debug");
  places.trace.modules[0].path = folder / "gone";
  Options options;
  options.debug_dirs = {folder.path()};
  resolve(places.trace, kNothingEmbedded, options);
  expect_all_positions(places);
  EXPECT_EQ(places.trace.modules[0].trouble, "");
}

TEST(Resolve, RefusesADebugFileOfAnotherBuild) {
  TemporaryFolder folder;
  Places places = run_places("places_stripped");
  fs::copy_file(fixture("places_linked"), folder / "places_linked");
  fs::copy_file(fixture("places_dwarf4"), folder / "places_linked.debug");
  places.trace.modules[0].path = folder / "places_linked";
  resolve(places.trace, kNothingEmbedded);
  EXPECT_EQ(places.frame("exported").function, "holder");
  EXPECT_EQ(places.frame("exported").line, 0u);
}

TEST(Resolve, TakesNothingFromAProgramReplacedSinceTheRecording) {
  TemporaryFolder folder;
  Places places = run_places("places_dwarf5");
  fs::copy_file(fixture("places_dwarf4"), folder / "places_dwarf5");
  places.trace.modules[0].path = folder / "places_dwarf5";
  resolve(places.trace, kNothingEmbedded);
  EXPECT_EQ(places.frame("plain").function, "");
  EXPECT_EQ(places.frame("plain").line, 0u);
  EXPECT_EQ(places.frame("plain").module, "places_dwarf5");
  EXPECT_NE(places.frame("plain").module_offset, 0u);
  EXPECT_EQ(places.trace.modules[0].trouble, "build id differs: replaced since the recording");
}

TEST(Resolve, TrustsAProgramWithoutBuildIdOnlyIfItIsOlderThanTheRecording) {
  Places places = run_places("places_without_id");
  places.trace.process.started_at_unix_ns = 1;  // 1970
  resolve(places.trace, kNothingEmbedded);
  EXPECT_EQ(places.frame("plain").function, "");
  EXPECT_NE(places.trace.modules[0].trouble.find("changed since the recording"), std::string::npos);
}

TEST(Resolve, SaysThatAFileIsGone) {
  Places places = run_places("places_dwarf5");
  places.trace.modules[0].path = "/nowhere/places_dwarf5";
  resolve(places.trace, kNothingEmbedded);
  EXPECT_EQ(places.frame("plain").function, "");
  EXPECT_EQ(places.trace.modules[0].trouble, "file is gone");
}

TEST(Resolve, RefusesADebugFileWhoseChecksumIsNotThatOfTheLink) {
  TemporaryFolder folder;
  Places places = run_places("places_checked");
  fs::copy_file(fixture("places_checked"), folder / "places_checked");
  fs::copy_file(fixture("places_linked.debug"), folder / "places_checked.debug");
  places.trace.modules[0].path = folder / "places_checked";
  resolve(places.trace, kNothingEmbedded);
  EXPECT_EQ(places.frame("exported").function, "holder");
  EXPECT_EQ(places.frame("exported").line, 0u);
}

TEST(Resolve, FollowsTheDebugLinkOfTheFileBehindASymbolicLink) {
  TemporaryFolder folder;
  Places places = run_places("places_checked");
  fs::create_symlink(fixture("places_checked"), folder / "libalias.so.1");
  places.trace.modules[0].path = folder / "libalias.so.1";
  resolve(places.trace, kNothingEmbedded);
  expect_all_positions(places);
}

TEST(Resolve, TakesNothingFromTheFileThatReplacedADeletedProgram) {
  TemporaryFolder folder;
  Places places = run_places("places_dwarf5");
  fs::copy_file(fixture("places_dwarf4"), folder / "server");
  places.trace.modules[0].path = folder / "server (deleted)";
  resolve(places.trace, kNothingEmbedded);
  EXPECT_EQ(places.frame("plain").function, "");
  EXPECT_EQ(places.frame("plain").module, "server");
  EXPECT_EQ(places.trace.modules[0].trouble, "build id differs: replaced since the recording");
}

TEST(Resolve, SaysThatADeletedProgramIsGone) {
  Places places = run_places("places_dwarf5");
  places.trace.modules[0].path = "/nowhere/server (deleted)";
  resolve(places.trace, kNothingEmbedded);
  EXPECT_EQ(places.frame("plain").function, "");
  EXPECT_EQ(places.trace.modules[0].trouble, "file is gone");
}

// A package that was installed again while the program ran.
TEST(Resolve, TrustsTheFileInADeletedProgramsPlaceIfItIsTheSameBuild) {
  TemporaryFolder folder;
  Places places = run_places("places_dwarf5");
  fs::copy_file(fixture("places_dwarf5"), folder / "server");
  places.trace.modules[0].path = folder / "server (deleted)";
  resolve(places.trace, kNothingEmbedded);
  expect_all_positions(places);
}

TEST(Resolve, TrustsNoFileInADeletedProgramsPlaceWithoutBuildIds) {
  TemporaryFolder folder;
  Places places = run_places("places_without_id");
  fs::copy_file(fixture("places_without_id"), folder / "server");
  places.trace.modules[0].path = folder / "server (deleted)";
  resolve(places.trace, kNothingEmbedded);
  EXPECT_EQ(places.frame("plain").function, "");
  EXPECT_EQ(places.trace.modules[0].trouble, "replaced since the recording");
}

// Names that two debug files share stand in a third one.
class SharedDebugInformation : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(fixture("places_shared"))) GTEST_SKIP() << "made without dwz";
    fs::copy_file(fixture("places_shared"), folder_ / "places_shared");
  }

  Places resolved() {
    Places places = run_places("places_shared");
    places.trace.modules[0].path = folder_ / "places_shared";
    resolve(places.trace, kNothingEmbedded);
    return places;
  }

  TemporaryFolder folder_;
};

TEST_F(SharedDebugInformation, IsReadWhereItBelongsToTheFile) {
  fs::copy_file(fixture("places_common.debug"), folder_ / "places_common.debug");
  expect_all_positions(resolved());
}

TEST_F(SharedDebugInformation, IsDoneWithoutWhereItIsGone) {
  Places places = resolved();
  EXPECT_EQ(places.frame("plain").line, places.line.at("plain"));
  EXPECT_EQ(places.frame("exported").function, "holder");
}

// The right lines with the wrong functions would be worse than neither.
TEST_F(SharedDebugInformation, OfAnotherBuildIsNotRead) {
  fs::copy_file(fixture("places_other_common.debug"), folder_ / "places_common.debug");
  Places places = resolved();
  expect_name(places.frame("plain").function, "(anonymous namespace)::plain");
  EXPECT_EQ(places.frame("exported").function, "holder");
  EXPECT_EQ(places.frame("c").function, "hidden_in_c");
  EXPECT_EQ(places.frame("plain").line, 0u);
}

}  // namespace
}  // namespace loopscope::symbols
