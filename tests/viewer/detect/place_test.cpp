#include <gtest/gtest.h>

#include "viewer/detect/place.h"

namespace loopscope::detect {
namespace {

TEST(Place, IsTheShownFrameWithTheBaseNameOfItsFile) {
  model::Site site;
  site.kind = "uv_timer";
  site.stack.resize(2);
  site.stack[0].function = "luv_timer_start";
  site.stack[0].file = "/usr/src/luv/timer.c";
  site.stack[0].line = 83;
  site.stack[1].function = "main";
  site.stack[1].file = "main.c";
  site.stack[1].line = 7;
  EXPECT_EQ(place_text(site), "luv_timer_start (timer.c:83)");
  site.shown_frame = 1;
  EXPECT_EQ(place_text(site), "main (main.c:7)");
  site.shown_frame = 99;
  EXPECT_EQ(place_text(site), "luv_timer_start (timer.c:83)");
}

TEST(Place, LeavesOutTheParametersOfFunctionsAndUnnamedNamespaces) {
  const auto shortened = [](const char* function) {
    model::Frame frame;
    frame.function = function;
    return short_function_text(frame);
  };
  EXPECT_EQ(shortened("main"), "main");
  EXPECT_EQ(shortened("api::Report::load(std::string const&) const"), "api::Report::load");
  EXPECT_EQ(shortened("f(void (*)(int), int)"), "f");
  EXPECT_EQ(shortened("main::{lambda(int)#1}::operator()(int) const"), "main::{lambda(int)#1}::operator()");
  EXPECT_EQ(shortened("main::{lambda(int)#1}"), "main::{lambda(int)#1}");
  EXPECT_EQ(shortened("Call::operator()"), "Call::operator()");
  EXPECT_EQ(shortened("f(int) [clone .cold]"), "f(int) [clone .cold]");
  EXPECT_EQ(shortened("odd)"), "odd)");
  EXPECT_EQ(shortened("(anonymous namespace)::f()"), "f");
  EXPECT_EQ(shortened("api::(anonymous namespace)::Jobs::add(int)"), "api::Jobs::add");
  EXPECT_EQ(shortened("(anonymous namespace)"), "(anonymous namespace)");
}

TEST(Place, FallsBackToTheModuleThenTheAddressThenTheKind) {
  model::Site site;
  site.kind = "uv_timer";
  EXPECT_EQ(place_text(site), "uv_timer, place unknown");
  site.stack.emplace_back();
  site.stack[0].address = 0x1234;
  EXPECT_EQ(place_text(site), "0x1234");
  site.stack[0].module = "luv.so";
  site.stack[0].module_offset = 0x14bb9;
  EXPECT_EQ(place_text(site), "luv.so+0x14bb9");
  site.stack[0].function = "timer_start";
  EXPECT_EQ(place_text(site), "timer_start (luv.so+0x14bb9)");
  site.stack[0].module_offset = 0;
  EXPECT_EQ(place_text(site), "timer_start (luv.so)");
}

}  // namespace
}  // namespace loopscope::detect
