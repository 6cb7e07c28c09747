// CTest, which runs its tests as children of a libuv loop.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "tests/agent/recorded.h"
#include "tests/e2e/libuv/program.h"

namespace {

constexpr const char* kProject = R"(
add_test(quick "true")
add_test(slow "sleep" "0.211")
add_test(slower "sleep" "0.307")
add_test(wrong "sh" "-c" "echo wrong; exit 3")
add_test(speaks "sh" "-c" "echo out; echo err >&2")
)";

// Durations, and the order in which tests that run at once end, differ from run to run.
std::vector<std::string> lines_without_times(const std::string& text) {
  std::vector<std::string> lines;
  std::stringstream stream(std::regex_replace(text, std::regex(R"([0-9]+\.[0-9]+ sec|^ *[0-9]+/)"), ""));
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(std::regex_replace(line, std::regex(R"(^ *[0-9]+/[0-9]+ | +$)"), ""));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST(Ctest, BehavesAsWithoutRecordingAndItsChildrenAreTasks) {
  const Scratch scratch;
  scratch.write("CTestTestfile.cmake", kProject);
  const Command command{CTEST, "-j2", "--output-on-failure"};
  const Outcome plain = run(command, scratch.path());
  const Outcome traced = run(recorded(scratch.file("trace.pb"), command), scratch.path());
  EXPECT_EQ(plain.exit_code, 8);
  EXPECT_EQ(traced.exit_code, plain.exit_code);
  EXPECT_EQ(lines_without_times(traced.output), lines_without_times(plain.output));

  const auto trace = complete_trace(scratch.file("trace.pb"));
  EXPECT_EQ(tasks_of(trace, "uv_spawn"), (Counts{5, 5, 0}));
  EXPECT_EQ(tasks_of(trace, "uv_process"), (Counts{5, 5, 0}));
  uint64_t failed = 0;
  for (const auto& site : trace.sites) failed += site.kind == "uv_process" ? site.failed : 0;
  EXPECT_EQ(failed, 1u) << "the child that exits with 3";
  EXPECT_EQ(tasks_of(trace, "uv_timer").pending, 0u);
  EXPECT_EQ(tasks_of(trace, "uv_read").pending, 0u);
  EXPECT_EQ(trace.exit_code, 8);
}

}  // namespace
