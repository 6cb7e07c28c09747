// The comparison's tables for the clipboard; what they say is tested with the reports.
#include "viewer/view/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/view/judged.h"

namespace loopscope::view {
namespace {

using namespace loopscope::testing;
using ::testing::HasSubstr;

constexpr Nanos ms = kMillisecond;

Comparison compared(const TraceBuilder& base, const TraceBuilder& now) {
  return compare(judged(base.build()), judged(now.build()));
}

TraceBuilder a_program(Nanos duration = 10 * kSecond) {
  TraceBuilder program = a_trace();
  program.lasting(duration).with_loop("libuv", "main");
  return program;
}

TraceBuilder a_leak(std::size_t tasks, const std::string& function, std::uint32_t line,
                    const std::string& directory) {
  TraceBuilder program = a_program();
  program.with_site("timer", directory + "/leak.cpp", line, 0, function)
      .with_tasks(tasks, every(ms), created_at(0));
  return program;
}

TEST(ComparisonText, HasARowANumber) {
  const std::string text =
      comparison_text(compared(a_leak(23, "leak", 3, "src"), a_leak(83, "leak", 97, "src")));
  EXPECT_THAT(text, HasSubstr("tasks pending\t23\t83\t+261 %\tworse\n"));
  EXPECT_THAT(text, HasSubstr("worse\t"));
  EXPECT_THAT(text, HasSubstr("\tleaked-task\tleak (leak.cpp:97)\t"));
  EXPECT_THAT(text, HasSubstr("\tpending\t23 tasks\t83 tasks\t+261 %\t"));
  EXPECT_THAT(text, HasSubstr("worse\ttimer\tleak (leak.cpp:97)\t"));
}

}  // namespace
}  // namespace loopscope::view
