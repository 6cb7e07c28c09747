// Programs of two files: tracked or not, in either order of linking, optimised or not.
#include <gtest/gtest.h>

#include <string>

#include "tests/agent/recorded.h"

namespace {

// "tu" is a tracked first and an untracked second file.
HostRun run_mixture(const std::string& kind, const std::string& optimised) {
  return run_host(MIXTURES + kind + "_" + optimised, {});
}

class Mixture : public testing::TestWithParam<const char*> {};

TEST_P(Mixture, IsRefusedAndSaysWhy) {
  for (const char* kind : {"tu", "ut", "tu_swapped", "ut_swapped"}) {
    const HostRun run = run_mixture(kind, GetParam());
    EXPECT_EQ(run.exit_code, 1) << kind;
    EXPECT_NE(run.errors.find("were compiled with the CMake target loopscope::asio ("), std::string::npos)
        << kind << ": " << run.errors;
    const char* const tracked = kind[0] == 't' ? "mixture_main.cpp)" : "mixture_other.cpp)";
    EXPECT_NE(run.errors.find(tracked), std::string::npos) << kind << ": " << run.errors;
    EXPECT_NE(run.errors.find("Link loopscope::asio to every target"), std::string::npos) << kind;
  }
}

TEST_P(Mixture, RunsWhereItIsNone) {
  for (const char* kind : {"tt", "uu", "tt_swapped"}) {
    const HostRun run = run_mixture(kind, GetParam());
    EXPECT_EQ(run.exit_code, 0) << kind << ": " << run.errors;
    EXPECT_EQ(run.errors, "") << kind;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Mixture, testing::Values("O0", "O2", "O3"));

}  // namespace
