#include "viewer/symbols/shown_frame.h"

#include <gtest/gtest.h>

namespace loopscope::symbols {
namespace {

model::Frame frame(const char* module, const char* function, const char* file = "", std::uint32_t line = 0) {
  model::Frame made;
  made.address = 23;
  made.module = module;
  made.function = function;
  made.file = file;
  made.line = line;
  return made;
}

TEST(ShownFrame, IsTheFirstUserLineBelowTheLibraries) {
  EXPECT_EQ(
      shown_frame({frame("libuv.so.1", "uv__fs_work", "/src/fs.c", 5), frame("libluv.so.1", "luv_fs_open"),
                   frame("server", "load()", "/src/server.cpp", 41),
                   frame("server", "main", "/src/main.cpp", 7)}),
      2u);
}

TEST(ShownFrame, PrefersAUserLineToANearerNameWithoutLine) {
  EXPECT_EQ(shown_frame({frame("libplugin.so", "start"), frame("server", "main", "/src/main.cpp", 7)}), 1u);
}

TEST(ShownFrame, SkipsStandardLibraryCodeInlinedIntoTheProgram) {
  EXPECT_EQ(
      shown_frame({frame("server", "std::function<void()>::operator()", "/usr/include/c++/12/functional", 9),
                   frame("server", "load()", "/src/server.cpp", 41)}),
      1u);
}

TEST(ShownFrame, IsTheFirstUserNameWhereNothingHasALine) {
  EXPECT_EQ(shown_frame({frame("libuv.so.1.0.0", "uv_run"), frame("nvim", ""), frame("nvim", "os_delay")}),
            2u);
}

TEST(ShownFrame, IsTheProgramsUnnamedCodeRatherThanTheLibraryThatCalledIt) {
  EXPECT_EQ(shown_frame({frame("server", ""), frame("libuv.so.1", "uv_run"), frame("server", "_start")}), 0u);
}

TEST(ShownFrame, IsALibrarysNameWhereThereIsNothingElse) {
  EXPECT_EQ(shown_frame({frame("libc.so.6", ""), frame("libc.so.6", "getaddrinfo")}), 1u);
}

TEST(ShownFrame, OfAnEmptyStackIsItsEnd) { EXPECT_EQ(shown_frame({}), 0u); }

TEST(ShownFrame, KnowsLibrariesByNameNotByPrefix) {
  EXPECT_TRUE(is_library_frame(frame("libc.so.6", "read")));
  EXPECT_TRUE(is_library_frame(frame("libc-2.31.so", "read")));
  EXPECT_TRUE(is_library_frame(frame("ld-linux-x86-64.so.2", "")));
  EXPECT_TRUE(is_library_frame(frame("libevent_core-2.1.so.7", "event_add")));
  EXPECT_FALSE(is_library_frame(frame("libcrypto.so.3", "SSL_read")));
  EXPECT_FALSE(is_library_frame(frame("libmycalendar.so", "read")));
  EXPECT_FALSE(is_library_frame(frame("ld", "main")));
}

}  // namespace
}  // namespace loopscope::symbols
