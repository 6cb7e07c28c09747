#include "viewer/trace/mapped_file.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace loopscope::trace {
namespace {

class MappedFileTest : public ::testing::Test {
 protected:
  MappedFileTest() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(::testing::TempDir()) / (std::string("mapped_file_") + test->name());
    std::filesystem::create_directories(folder_);
  }
  ~MappedFileTest() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(MappedFileTest, HoldsTheBytesOfAFileThatIsGone) {
  const auto path = folder_ / "t.pb";
  std::ofstream(path) << "loopscope";
  auto file = MappedFile::open(path);
  ASSERT_TRUE(file.ok());
  std::filesystem::remove(path);
  const MappedFile moved = *std::move(file);
  ASSERT_EQ(moved.bytes().size(), 9u);
  EXPECT_EQ(moved.bytes()[0], std::byte{'l'});
}

TEST_F(MappedFileTest, SaysWhatIsWrongWithAPath) {
  const auto empty = folder_ / "empty.pb";
  std::ofstream(empty).flush();
  EXPECT_EQ(MappedFile::open(empty).error().what, "is empty");
  EXPECT_EQ(MappedFile::open(folder_).error().what, "is a directory");
  EXPECT_EQ(MappedFile::open(folder_ / "missing.pb").error().what, "no such file");
  EXPECT_EQ(MappedFile::open("/dev/null").error().what, "is not a regular file");
  EXPECT_EQ(MappedFile::open(folder_ / "missing.pb").error().where, (folder_ / "missing.pb").string());
}

}  // namespace
}  // namespace loopscope::trace
