// Pictures that were looked at, and what is drawn today. UPDATE_GOLDEN=1 writes them anew for review.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/viewer/gui/picture.h"
#include "tests/viewer/gui/screen.h"

namespace loopscope::testing {
namespace {

// Letters and edges may come out a little different with another Mesa; a panel that moved or is gone does not pass.
constexpr double kTolerance = 0.01;

void expect_picture(const std::string& name, const std::string& trace, const std::string& script,
                    const std::string& theme) {
  const std::string seen = folder() + "/" + name + ".png";
  std::filesystem::current_path(LOOPSCOPE_SOURCE_DIR);
  const ViewerRun run =
      run_viewer("wait-loaded\nframes 20\n" + script + "move 1 1\nframes 5\nscreenshot " + seen + "\n",
                 {std::string(LOOPSCOPE_TRACES "/") + trace, "--theme", theme, "--font",
                  "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::string golden = std::string(LOOPSCOPE_PICTURES "/") + name + ".png";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(LOOPSCOPE_PICTURES);
    std::filesystem::copy_file(seen, golden, std::filesystem::copy_options::overwrite_existing);
    return;
  }
  const Picture wanted = read_picture(golden);
  ASSERT_FALSE(wanted.empty()) << golden << " is missing; UPDATE_GOLDEN=1 writes it";
  const double share = difference(read_picture(seen), wanted);
  EXPECT_LE(share, kTolerance)
      << "look at it: UPDATE_GOLDEN=1 gui_test --gtest_filter=GoldenPictures.* and git diff";
}

TEST(GoldenPictures, ABlockThatIsShown) {
  expect_picture("block", "blocking_parse.pb", "click \"Show me\"\n", "dark");
}

TEST(GoldenPictures, ALeakThatIsShown) {
  expect_picture("leak", "leaky_requests.pb", "click \"Show me\"\n", "light");
}

TEST(GoldenPictures, TellADifferentPicture) {
  const std::string a = folder() + "/a.png";
  const std::string b = folder() + "/b.png";
  const ViewerRun run =
      run_viewer("wait-loaded\nframes 20\nscreenshot " + a + "\nkey 3\nframes 5\nscreenshot " + b + "\n",
                 {LOOPSCOPE_TRACES "/blocking_parse.pb"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_LE(difference(read_picture(a), read_picture(a)), 0);
  EXPECT_GT(difference(read_picture(a), read_picture(b)), kTolerance);
}

}  // namespace
}  // namespace loopscope::testing
