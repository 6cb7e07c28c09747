// Which line samples blame.
#include "viewer/detect/blame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viewer/detect/stalled.h"

namespace loopscope::detect {
namespace {

using namespace loopscope::testing;

Blame blame(const std::vector<model::StallSample>& samples) {
  std::vector<const model::StallSample*> all;
  for (const auto& one : samples) all.push_back(&one);
  return blame_of(all);
}

const model::Frame kMain = own("main", "main.cpp", 3), kRun = of_library("uv_run", "libuv.so.1");
const model::Frame kCallback = own("on_request", "server.cpp", 42);

TEST(Blame, IsTheUsersLineUnderTheLibrary) {
  const Blame found = blame({sample(0, 23, {of_library("memcpy"), kCallback, kRun, kMain})});
  ASSERT_EQ(found.stack.size(), 3u);
  EXPECT_EQ(found.stack[0].function, "on_request");
  EXPECT_EQ(found.stack[0].line, 42u);
  EXPECT_EQ(found.stack[2].function, "main");
  EXPECT_EQ(found.weight, 23);
}

TEST(Blame, GoesAsDeepAsHalfOfTheTimeGoes) {
  const model::Frame parse = own("parse", "parse.cpp", 11), print = own("print", "print.cpp", 13);
  // Two thirds in parse: it is blamed. Half and half: their caller is.
  EXPECT_EQ(blame({sample(0, 20, {parse, kCallback, kMain}), sample(1, 10, {print, kCallback, kMain})})
                .stack[0]
                .function,
            "parse");
  const model::Frame third = own("third", "third.cpp", 17);
  const Blame shared =
      blame({sample(0, 10, {parse, kCallback, kMain}), sample(1, 10, {print, kCallback, kMain}),
             sample(2, 10, {third, kCallback, kMain})});
  EXPECT_EQ(shared.stack[0].function, "on_request");
}

TEST(Blame, SharesTheTimeOfAFunctionAmongItsLines) {
  const auto at = [](std::uint32_t line) { return own("spin", "spin.cpp", line); };
  const Blame found = blame({sample(0, 10, {at(10), kMain}), sample(1, 31, {at(11), kMain}),
                             sample(2, 10, {at(10), kMain}), sample(3, 2, {at(12), kMain})});
  ASSERT_EQ(found.lines.size(), 3u);
  EXPECT_EQ(found.lines[0].frame.line, 11u);
  EXPECT_EQ(found.lines[0].weight, 31);
  EXPECT_EQ(found.lines[1].frame.line, 10u);
  EXPECT_EQ(found.lines[1].weight, 20);
  EXPECT_EQ(found.stack[0].line, 11u);
}

TEST(Blame, CountsSamplesByWhatTheyWeigh) {
  const Stack stack = {kCallback, kMain};
  EXPECT_EQ(blame({sample(0, 7, stack), sample(1, 7, stack), sample(2, 7, stack)}).samples, 3);
  // One that stands for nearly all tells hardly more than one.
  EXPECT_NEAR(blame({sample(0, 997, stack), sample(1, 1, stack), sample(2, 1, stack)}).samples, 1, 0.01);
}

TEST(Blame, IsANameWhereNothingHasALine) {
  model::Frame plugin = of_library("lua_pcall", "libluajit-5.1.so.2");
  plugin.library = false;
  model::Frame program = of_library("nvim_main", "nvim");
  program.library = false;
  EXPECT_EQ(blame({sample(0, 7, {of_library("memset"), plugin, kRun, program})}).stack[0].function,
            "lua_pcall");
}

TEST(Blame, OfNoStacksIsNobody) {
  EXPECT_TRUE(blame({}).stack.empty());
  EXPECT_TRUE(blame({sample(0, 7, {})}).stack.empty());
  EXPECT_EQ(blame({sample(0, 7, {})}).weight, 0);
}

TEST(Blame, OfSamplesWithoutWeightIsStillALine) {
  EXPECT_EQ(blame({sample(0, 0, {kCallback, kMain})}).stack[0].line, 42u);
}

}  // namespace
}  // namespace loopscope::detect
