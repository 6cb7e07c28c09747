// Two walks that a person takes: from a finding to what blocks, and to what leaks, down to the line and the task. At two
// sizes, in both themes; pictures of the stations can be kept to be looked at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <tuple>

#include "tests/viewer/gui/picture.h"
#include "tests/viewer/gui/screen.h"

namespace loopscope::testing {
namespace {

// $LOOPSCOPE_KEEP_PICTURES, else with the test's files.
std::string picture_folder() {
  const char* kept = std::getenv("LOOPSCOPE_KEEP_PICTURES");
  return kept != nullptr && *kept != '\0' ? kept : folder();
}

class Walks : public ::testing::TestWithParam<std::tuple<const char*, const char*>> {
 protected:
  // Runs the script in which "picture NAME" stands for a screenshot, and sees that each of them shows something.
  void walk(const std::string& name, std::string script, const std::string& trace) {
    const auto& [scale, theme] = GetParam();
    const bool large = std::string(scale) != "1";
    std::vector<std::string> pictures;
    for (std::size_t at = script.find("picture "); at != std::string::npos;
         at = script.find("picture ", at)) {
      const std::size_t end = script.find('\n', at);
      const std::string station = script.substr(at + 8, end - at - 8);
      pictures.push_back(picture_folder() + "/" + name + "-" + station + "-" + theme + "-" + scale + ".png");
      script.replace(at, end - at, "screenshot " + pictures.back());
      at += 11;
    }
    // Sources are looked for below the folder in which the viewer was started, too.
    std::filesystem::current_path(LOOPSCOPE_SOURCE_DIR);
    const ViewerRun run = run_viewer(script, {std::string(LOOPSCOPE_TRACES "/") + trace, "--scale", scale,
                                              "--theme", theme, "--size", large ? "2560x1440" : "1280x720"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    ASSERT_GE(pictures.size(), 4u);
    for (const std::string& path : pictures) {
      const Picture picture = read_picture(path);
      EXPECT_EQ(picture.width, large ? 2560 : 1280) << path;
      EXPECT_GT(picture.colours(), 30) << path;
    }
  }
};

TEST_P(Walks, FromTheFirstFindingToTheStallAndItsLine) {
  walk("block",
       "wait-loaded\n"
       "expect \"holds the loop up to\"\n"
       "picture opened\n"
       "click \"Show me\"\n"
       "expect \"on_update\"\n"
       "expect \"running\"\n"
       "picture shown\n"
       "key N\n"
       "picture next\n"
       "click \"on_update (blocking_parse.cpp:25)\"\n"
       "expect \"nlohmann::json::parse\"\n"
       "expect \"// the block\"\n"
       "picture source\n",
       "blocking_parse.pb");
}

TEST_P(Walks, FromTheLeakToItsSiteATaskAndItsChain) {
  walk("leak",
       "wait-loaded\n"
       "expect \"never finished\"\n"
       "picture opened\n"
       "click \"Show me\"\n"
       "expect \"start_timeout\"\n"
       "picture site\n"
       "click \"Pending only\"\n"
       "click \"+\"\n"
       "expect \"91 tasks\"\n"
       "picture pending\n"
       "click \"#386\"\n"
       "expect \"pending for 1.95 s\"\n"
       "expect \"Created in\"\n"
       "picture task\n"
       "key 4\n"
       "frames 30\n"
       "picture map\n",
       "leaky_requests.pb");
}

INSTANTIATE_TEST_SUITE_P(Screens, Walks,
                         ::testing::Combine(::testing::Values("1", "2"), ::testing::Values("dark", "light")),
                         [](const auto& at) {
                           return std::string(std::get<1>(at.param)) + "AtScale" + std::get<0>(at.param);
                         });

}  // namespace
}  // namespace loopscope::testing
