// Released traces are read today as they were when they were released.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/golden/features.h"
#include "tests/golden/packets.h"
#include "tests/golden/told.h"

namespace loopscope::golden {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

bool updating() { return std::getenv("UPDATE_GOLDEN") != nullptr; }

fs::path stem_of(const std::string& name) { return fs::path(LOOPSCOPE_GOLDEN_DIR) / name; }

// Names of all traces in the folder, whoever made them.
std::vector<std::string> traces() {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(LOOPSCOPE_GOLDEN_DIR))
    if (entry.path().extension() == ".pb") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

class GoldenTrace : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenTrace, IsReadAsEver) {
  const std::string bytes = contents(stem_of(GetParam() + ".pb"));
  EXPECT_LT(bytes.size(), 4096u);
  const std::string text = trace::told(std::as_bytes(std::span(bytes)));
  const fs::path text_path = stem_of(GetParam() + ".txt");
  if (updating()) std::ofstream(text_path) << text;
  EXPECT_EQ(text, contents(text_path)) << "see tests/golden/README.md";
}

INSTANTIATE_TEST_SUITE_P(Of, GoldenTrace, ::testing::ValuesIn(traces()),
                         [](const auto& name) { return name.param; });

class GoldenFeature : public ::testing::TestWithParam<Feature> {};

TEST_P(GoldenFeature, IsFrozenAsItWasMade) {
  const fs::path path = stem_of(GetParam().name + std::string("_v1.pb"));
  const std::string made = GetParam().bytes();
  if (updating() && !fs::exists(path)) std::ofstream(path, std::ios::binary) << made;
  ASSERT_TRUE(fs::exists(path)) << "new? UPDATE_GOLDEN=1 makes it, once";
  // What is in the packets: the bytes of a codec may differ with its version.
  EXPECT_EQ(packets_as_text(contents(path)), packets_as_text(made));
}

INSTANTIATE_TEST_SUITE_P(Of, GoldenFeature, ::testing::ValuesIn(features().begin(), features().end()),
                         [](const auto& feature) { return std::string(feature.param.name); });

TEST(GoldenTraces, AreEachSomeFeatures) {
  std::set<std::string> known;
  for (const Feature& feature : features()) known.insert(feature.name + std::string("_v1"));
  for (const std::string& name : traces())
    EXPECT_TRUE(known.contains(name)) << name << " is of no feature in features.cpp";
}

}  // namespace
}  // namespace loopscope::golden
