// A thousand files that were traces once: each is opened and every panel looked at, in one process, which neither dies
// nor stops. With sanitizers this is where they look on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "tests/viewer/gui/screen.h"

namespace loopscope::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr int kFiles = 1000;
constexpr double kLongestStop_ms = 5000;

std::vector<std::string> healthy_traces() {
  std::vector<std::string> traces;
  for (const auto& folder : {fs::path(LOOPSCOPE_TRACES), fs::path(LOOPSCOPE_SOURCE_DIR "/tests/golden")}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".pb") traces.push_back(contents_of(entry.path()));
    }
  }
  // Whatever the order of a folder, damage has to be the same everywhere.
  std::sort(traces.begin(), traces.end());
  return traces;
}

// Cut, flipped, repeated, filled, or spliced with another.
std::string damaged(const std::vector<std::string>& traces, std::mt19937& random) {
  const auto below = [&](std::size_t limit) {
    return limit == 0 ? 0 : static_cast<std::size_t>(random()) % limit;
  };
  std::string bytes = traces[below(traces.size())];
  for (std::size_t times = 1 + below(3); times > 0 && !bytes.empty(); --times) {
    const std::size_t at = below(bytes.size());
    const std::size_t length = 1 + below(std::min<std::size_t>(bytes.size() - at, 300));
    switch (below(6)) {
      case 0: bytes.resize(at); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << below(8))); break;
      case 2: bytes.insert(at, bytes.substr(at, length)); break;
      case 3: bytes.replace(at, length, std::string(length, static_cast<char>(random() & 255U))); break;
      case 4: bytes.erase(at, length); break;
      default: {
        const std::string& other = traces[below(traces.size())];
        bytes.replace(at, std::string::npos, other.substr(std::min(other.size(), at)));
      }
    }
  }
  return bytes;
}

double worst_frame_ms(const std::string& out) {
  std::smatch found;
  return std::regex_search(out, found, std::regex("worst ([0-9.]+) ms")) ? std::stod(found[1]) : -1;
}

TEST(DamagedFiles, AreShownAsFarAsTheyGoOrRefusedWithAReason) {
  const std::vector<std::string> traces = healthy_traces();
  ASSERT_GE(traces.size(), 20u);
  std::mt19937 random(20261101);
  std::string script;
  for (int file = 0; file < kFiles; ++file) {
    const std::string path = folder() + "/damaged-" + std::to_string(file) + ".pb";
    std::ofstream(path, std::ios::binary) << damaged(traces, random);
    script += "drop " + path + "\nwait-read 5\n";
    // The panels in turn, each on many files; on one in ten all of them, and the first finding.
    script += "key " + std::to_string(1 + file % 5) + "\n";
    if (file % 10 == 0) script += "key Home\nkey 1\nkey 2\nkey 3\nkey 4\nkey 5\nkey N\nkey Ctrl+Shift+C\n";
  }
  script += "frames 1\n";
  const ViewerRun run = run_viewer(script, {}, 280);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("since the last count"));
  EXPECT_GE(worst_frame_ms(run.out), 0);
  EXPECT_LT(worst_frame_ms(run.out), kLongestStop_ms);
}

TEST(DamagedFiles, SayWhatIsWrongAndWhatToDo) {
  const std::string path = folder() + "/notes.txt";
  std::ofstream(path) << "These are notes, and no trace of anything.\n";
  const ViewerRun run = run_viewer(
      "wait-read 5\nexpect \"This file cannot be shown\"\nexpect \"not a loopscope trace\"\nexpect "
      "\"loopscope record\"\n",
      {path});
  EXPECT_EQ(run.exit_code, 0) << run.err;
}

TEST(DamagedFiles, ThatAreMissingOrNoFilesAreRefused) {
  EXPECT_EQ(run_viewer("wait-read 5\nexpect \"no such file\"\n", {folder() + "/nowhere.pb"}).exit_code, 0);
  EXPECT_EQ(run_viewer("wait-read 5\nexpect \"cannot be shown\"\n", {folder()}).exit_code, 0);
}

TEST(DamagedFiles, ShowWhatIsThereWithABanner) {
  const std::string whole = contents_of(LOOPSCOPE_TRACES "/leaky_requests.pb");
  const std::string path = folder() + "/cut.pb";
  std::ofstream(path, std::ios::binary) << whole.substr(0, whole.size() * 2 / 3);
  const ViewerRun run =
      run_viewer("wait-loaded\nexpect \"Incomplete:\"\nexpect \"the file ends inside a packet\"\n", {path});
  EXPECT_EQ(run.exit_code, 0) << run.err;
}

}  // namespace
}  // namespace loopscope::testing
