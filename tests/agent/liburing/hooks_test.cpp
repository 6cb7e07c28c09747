// The hooked functions are liburing's.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <string_view>

#include "agent/adapters/liburing/hooked_functions.h"

namespace {

TEST(UringHooks, StandInFrontOfFunctionsThatAreThere) {
  void* library = dlopen("liburing.so.2", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) GTEST_SKIP() << "liburing.so.2 is not installed";
  const auto is_there = [&](std::string_view name) {
    return dlsym(library, name.data()) != nullptr || name == "io_uring_resize_rings";  // since 2.9
  };
#define LOOPSCOPE_URING_NAME(name) EXPECT_TRUE(is_there(#name)) << #name;
  LOOPSCOPE_URING_HOOKED_FUNCTIONS(LOOPSCOPE_URING_NAME)
#undef LOOPSCOPE_URING_NAME
  for (const char* name :
       {"__io_uring_get_cqe", "io_uring_submit_and_wait", "io_uring_submit_and_wait_timeout",
        "io_uring_wait_cqes", "io_uring_wait_cqe_timeout"}) {
    EXPECT_NE(dlsym(library, name), nullptr) << name;
  }
}

}  // namespace
