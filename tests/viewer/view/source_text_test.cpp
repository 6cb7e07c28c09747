// Files that traces name, on a machine that may not have them.
#include "viewer/view/source_text.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace loopscope::view {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Source : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "source_text_test.XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) const {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  SourceText read(const std::string& file, std::int64_t recorded_at = 0) const {
    return SourceText::read(file, {folder_.string()}, recorded_at);
  }

  fs::path folder_;
};

TEST_F(Source, IsCutIntoLines) {
  const SourceText source = read(write("a.cpp", "first\n\r\n\tlast"));
  EXPECT_EQ(source.trouble(), "");
  EXPECT_EQ(source.notice(), "");
  ASSERT_EQ(source.lines(), 3u);
  EXPECT_EQ(source.line(0), "first");
  EXPECT_EQ(source.line(1), "");
  EXPECT_EQ(source.line(2), "\tlast");
  EXPECT_EQ(read(write("b.cpp", "one\n")).lines(), 1u) << "a line feed ends a line and begins none";
  EXPECT_EQ(read(write("empty.cpp", "")).lines(), 0u);
}

TEST_F(Source, IsShownWithoutWhatIsNoText) {
  const SourceText source = read(write("a.cpp", "a\tb\xff\x01\n\xc3\xa9\tc\n"));
  EXPECT_EQ(source.shown_line(0), "a       b??");
  EXPECT_EQ(source.shown_line(1), "\xc3\xa9       c") << "one column, two bytes";
}

TEST_F(Source, ShowsTheBeginningOfALongLine) {
  const SourceText source = read(write("a.cpp", std::string(999, 'x') + "\xc3\xa9" + std::string(1009, 'y')));
  EXPECT_EQ(source.shown_line(0), std::string(999, 'x') + " ...") << "a character is not cut in two";
  EXPECT_EQ(source.line(0).size(), 999u + 2 + 1009);
}

TEST_F(Source, IsFoundByTheLongestEndingOfItsName) {
  write("main.cpp", "wrong\n");
  const std::string right = write("src/main.cpp", "right\n");
  const SourceText source = read("/build/project/src/main.cpp");
  EXPECT_EQ(source.path(), right);
  EXPECT_EQ(source.line(0), "right");
  EXPECT_THAT(source.notice(), HasSubstr("/build/project/src/main.cpp"));
}

TEST_F(Source, IsFoundByARelativeName) {
  const std::string path = write("src/main.cpp", "right\n");
  EXPECT_EQ(read("src/main.cpp").path(), path);
  EXPECT_EQ(read("./src/../src/main.cpp").path(), path);
  EXPECT_EQ(read("../../src/main.cpp").path(), path) << "the compiler was two folders down";
  EXPECT_EQ(read("src/main.cpp").notice(), "");
}

TEST_F(Source, IsLookedForInTheNearestFolderFirst) {
  write("far/a.cpp", "far\n");
  const std::string near = write("near/a.cpp", "near\n");
  const SourceText source =
      SourceText::read("a.cpp", {(folder_ / "near").string(), (folder_ / "far").string()}, 0);
  EXPECT_EQ(source.path(), near);
}

TEST_F(Source, SaysThatItIsNotThere) {
  const SourceText source = read("/no/such/file.cpp");
  EXPECT_EQ(source.path(), "");
  EXPECT_THAT(source.trouble(), HasSubstr("not on this machine"));
  EXPECT_EQ(source.lines(), 0u);
  EXPECT_NE(read("").trouble(), "");
  EXPECT_NE(read(std::string("a\0b", 3)).trouble(), "");
  EXPECT_NE(read(std::string(5003, 'a')).trouble(), "");
  EXPECT_NE(read(std::string(4001, '/')).trouble(), "");
}

TEST_F(Source, DoesNotWaitForAFifo) {
  const std::string path = (folder_ / "fifo").string();
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(read(path).trouble(), "It is no regular file.");
  EXPECT_EQ(read("/somewhere/fifo").path(), "") << "no ending of a name leads to one";
}

TEST_F(Source, OpensNoDeviceAndNoFolder) {
  EXPECT_EQ(read("/dev/zero").trouble(), "It is no regular file.");
  EXPECT_EQ(read(folder_.string()).trouble(), "It is no regular file.");
  EXPECT_EQ(read("/dev/zero").lines(), 0u);
}

TEST_F(Source, IsNotReadIfItIsTooLarge) {
  const std::string path = write("large.cpp", "");
  fs::resize_file(path, SourceText::kMostBytes + 1);
  EXPECT_THAT(read(path).trouble(), HasSubstr("too large"));
  fs::resize_file(path, SourceText::kMostBytes);
  EXPECT_THAT(read(path).trouble(), HasSubstr("zero bytes")) << "it was read: a hole is zeros";
}

TEST_F(Source, SaysThatItChangedSinceTheRecording) {
  const std::string path = write("a.cpp", "x\n");
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  const std::int64_t changed = status.st_mtim.tv_sec * kSecond + status.st_mtim.tv_nsec;
  EXPECT_EQ(read(path, changed).notice(), "");
  EXPECT_THAT(read(path, changed - 1).notice(), HasSubstr("Changed since the recording"));
  EXPECT_EQ(read(path, 0).notice(), "") << "nobody knows when that was";
}

TEST_F(Source, IsATableWithWhatItsLinesCost) {
  FileCosts costs;
  costs.lines.push_back({2, 5 * kMillisecond, 7 * kMillisecond, 3, 11, 1});
  EXPECT_EQ(source_table(read(write("a.cpp", "a\n\tb\n")), costs),
            "line\tself_ms\ttotal_ms\tsamples\tcreated\tpending\ttext\n"
            "1\t\t\t\t\t\ta\n"
            "2\t5\t7\t3\t11\t1\t        b\n");
}

TEST(SourceFolders, AreThoseOfTheTraceTheProgramAndTheCurrentOneWithTheirParents) {
  model::Trace trace;
  trace.path = "traces/trace.pb";
  trace.process.executable = "/srv/store/bin/store";
  EXPECT_THAT(source_folders(trace, "/home/ada"), ElementsAre("/home/ada/traces", "/home/ada", "/home", "/",
                                                              "/srv/store/bin", "/srv/store", "/srv"));
}

TEST(SourceFolders, AreFewHoweverDeepTheNames) {
  model::Trace trace;
  for (int depth = 0; depth < 1009; ++depth) trace.path += "/d";
  trace.process.executable = std::string("/etc/passwd\0/x", 14);
  const std::vector<std::string> folders = source_folders(trace, "/home");
  EXPECT_LE(folders.size(), 32u);
  EXPECT_EQ(std::find(folders.begin(), folders.end(), std::string("/etc/passwd\0", 12)), folders.end());
}

}  // namespace
}  // namespace loopscope::view
