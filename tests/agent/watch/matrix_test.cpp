// Stalls of many lengths and causes, on an idle machine and on one whose processors are all taken: which are seen, where,
// and who is blamed. Prints the table.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/agent/recorded.h"
#include "viewer/analysis.h"

using loopscope::Analysis;
using loopscope::Nanos;
using loopscope::model::Stall;
using loopscope::model::StallSample;

namespace {

constexpr Nanos kLimit = 10'000'000;
const std::vector<std::string> kWays{"spin", "sleep", "poll", "read", "lock", "throw"};
const std::vector<int> kMilliseconds{2, 5, 11, 17, 23, 53, 211, 701, 2003};

// Other programs that compute, two for each processor.
class Load {
 public:
  explicit Load(bool wanted) {
    const unsigned processes = wanted ? 2 * std::max(1u, std::thread::hardware_concurrency()) : 0;
    for (unsigned i = 0; i < processes; ++i) {
      const pid_t child = fork();
      if (child == 0) {
        for (;;) asm volatile("");
      }
      children_.push_back(child);
    }
  }
  ~Load() {
    for (const pid_t child : children_) {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

 private:
  std::vector<pid_t> children_;
};

bool has_function(const std::vector<loopscope::model::Frame>& stack, const std::string& name) {
  return std::any_of(stack.begin(), stack.end(), [&](const loopscope::model::Frame& frame) {
    return frame.function.find(name) != std::string::npos;
  });
}

class Matrix : public testing::TestWithParam<bool> {
 protected:
  Analysis run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), folder_.path("t.pb"));
    const Load load(GetParam());
    const HostRun ran = run_host(STALLING_HOST, arguments);
    EXPECT_EQ(ran.exit_code, 0) << ran.errors;
    std::istringstream lines(ran.errors);
    for (Nanos took; lines >> took;) took_.push_back(took);
    auto analysis = loopscope::analyze(folder_.path("t.pb"), {});
    EXPECT_TRUE(analysis) << analysis.error().text();
    return std::move(*analysis);
  }

  Folder folder_;
  std::vector<Nanos> took_;
};

const Stall* stall_of(const Analysis& analysis, std::size_t callback) {
  const auto found =
      std::find_if(analysis.trace.stalls.begin(), analysis.trace.stalls.end(),
                   [&](const Stall& stall) { return !stall.is_tick && stall.task == callback; });
  return found == analysis.trace.stalls.end() ? nullptr : &*found;
}

TEST_P(Matrix, OfStallsMissesNoneAndBlamesTheRightPlace) {
  std::vector<std::string> arguments{"all"};
  for (const int ms : kMilliseconds) arguments.push_back(std::to_string(ms));
  const Analysis analysis = run(arguments);
  ASSERT_EQ(took_.size(), kWays.size() * kMilliseconds.size());

  std::size_t planted = 0, reported = 0, placed = 0, wrong_length = 0;
  std::printf("%s machine; samples (+: in the right function, m: no processor) of stalls of\n",
              GetParam() ? "loaded" : "idle");
  std::printf("%8s", "ms");
  for (const auto& way : kWays) std::printf("%8s", way.c_str());
  for (std::size_t callback = 0; callback < took_.size(); ++callback) {
    const std::string& way = kWays[callback % kWays.size()];
    if (callback % kWays.size() == 0) std::printf("\n%8d", kMilliseconds[callback / kWays.size()]);
    const Stall* stall = stall_of(analysis, callback);
    const bool in_place = stall != nullptr &&
                          std::any_of(stall->samples.begin(), stall->samples.end(), [&](const auto& sample) {
                            return has_function(sample.stack, way + "_here");
                          });
    const bool machines = stall != nullptr && stall->run_queue_wait * 2 >= stall->duration;
    std::printf("%7zu%c", stall != nullptr ? stall->samples.size() : 0,
                in_place   ? '+'
                : machines ? 'm'
                           : ' ');
    if (took_[callback] < kLimit * 3 / 2) continue;
    ++planted;
    reported += stall != nullptr;
    placed += in_place || machines;
    wrong_length +=
        stall != nullptr && (stall->duration < took_[callback] ||
                             stall->duration > took_[callback] + took_[callback] / 20 + 1'000'000);
  }
  std::size_t blamed = 0, rightly = 0;
  for (const auto& finding : analysis.findings) {
    if (finding.detector != "blocking-span") continue;
    ++blamed;
    // What it calls may be what takes the time: the clock that is read, the function that throws.
    const bool right = std::any_of(kWays.begin(), kWays.end(), [&](const std::string& way) {
      return has_function(finding.stack, way + "_here");
    });
    if (!right) std::printf("\nblamed: %s", finding.title.c_str());
    rightly += right;
  }
  const auto percent = [](std::size_t part, std::size_t whole) {
    return whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  };
  std::printf("\nof %zu of 1.5 limits and more: %.1f %% reported, %.1f %% with their place or cause\n",
              planted, percent(reported, planted), percent(placed, planted));
  std::printf("of %zu blamed places %.1f %% are planted ones\n", blamed, percent(rightly, blamed));
  EXPECT_EQ(reported, planted);
  EXPECT_EQ(wrong_length, GetParam() ? wrong_length : 0);
  EXPECT_GE(percent(placed, planted), GetParam() ? 80 : 95);
  EXPECT_GE(blamed, kWays.size());
  EXPECT_EQ(rightly, blamed);
}

TEST_P(Matrix, BlamesNoHealthyProgram) {
  const Analysis analysis = run({"spin", "3", "307"});
  ASSERT_EQ(took_.size(), 307u);
  std::size_t busy_machine = 0, late = 0;
  for (const auto& finding : analysis.findings) {
    EXPECT_NE(finding.detector, "blocking-span") << finding.title;
    EXPECT_NE(finding.detector, "blocking-call") << finding.title;
    busy_machine += finding.detector == "busy-machine";
  }
  for (const Nanos took : took_) late += took > kLimit;
  std::printf("%s machine: %zu of 307 callbacks of 3 ms took longer than the limit, busy-machine: %zu\n",
              GetParam() ? "loaded" : "idle", late, busy_machine);
  if (late > 0) {
    EXPECT_EQ(busy_machine, 1u);
  }
}

INSTANTIATE_TEST_SUITE_P(Machine, Matrix, testing::Bool(),
                         [](const auto& loaded) { return loaded.param ? "loaded" : "idle"; });

}  // namespace
