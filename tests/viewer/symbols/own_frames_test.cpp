// The recorder's own code in the stacks it took.
#include <gtest/gtest.h>

#include "viewer/symbols/resolve.h"

namespace loopscope::symbols {
namespace {

model::Module mapped(const char* path, std::uint64_t start) {
  model::Module module;
  module.path = path;
  module.start = start;
  module.end = start + 0x1000;
  module.load_bias = start;
  return module;
}

model::Frame at(std::uint64_t address) {
  model::Frame frame;
  frame.address = address;
  return frame;
}

TEST(CreationStack, LeavesOutTheHooksBetweenALibraryAndItsUser) {
  model::Trace trace;
  trace.modules = {mapped("/no/where/program", 0x1000), mapped("/no/where/libloopscope_preload.so", 0x2000),
                   mapped("/no/where/libuv.so.1", 0x3000)};
  trace.sites.resize(1);
  trace.sites[0].stack = {at(0x1010), at(0x2010), at(0x3010), at(0x2020), at(0x1020)};
  resolve(trace, {});
  ASSERT_EQ(trace.sites[0].stack.size(), 3u);
  EXPECT_EQ(trace.sites[0].stack[0].address, 0x1010u);
  EXPECT_EQ(trace.sites[0].stack[1].address, 0x3010u);
  EXPECT_EQ(trace.sites[0].stack[2].address, 0x1020u);
}

// What our headers put into a program has no library of its own to be known by.
TEST(CreationStack, LeavesOutWhatIsInlinedFromOurHeaders) {
  model::AddressNames names;
  names.add(0x1010, model::AddressKind::return_address,
            {{"loopscope_task_created", "/usr/include/loopscope/loopscope.h", 277, true},
             {"created", "/usr/include/loopscope/coroutine/frame.hpp", 51, true},
             {"serve(int)", "serve.cpp", 13, false}});
  model::Trace trace;
  trace.modules = {mapped("/no/where/program", 0x1000)};
  trace.sites.resize(1);
  trace.sites[0].stack = {at(0x1010), at(0x1020)};
  resolve(trace, names);
  ASSERT_EQ(trace.sites[0].stack.size(), 2u);
  EXPECT_EQ(trace.sites[0].stack[0].function, "serve(int)");
}

// A coroutine is two or three functions to the compiler, and a name to its site: one frame to people, where it begins.
TEST(CreationStack, HasACoroutineOnce) {
  model::AddressNames names;
  const auto kind = model::AddressKind::return_address;
  names.add(0x1010, kind, {{"serve(int)", "serve.cpp", 23, false}});
  names.add(0x1020, kind, {{"serve(int)", "serve.cpp", 13, false}});
  names.add(0x1030, kind, {{"main", "serve.cpp", 31, false}});
  model::Trace trace;
  trace.modules = {mapped("/no/where/program", 0x1000)};
  trace.sites.resize(2);
  model::Frame told;
  told.function = "serve";
  told.file = "serve.cpp";
  told.line = 23;
  trace.sites[0].stack = {told, at(0x1010), at(0x1020), at(0x1030)};
  trace.sites[1].stack = {told};
  resolve(trace, names);
  ASSERT_EQ(trace.sites[0].stack.size(), 2u);
  EXPECT_EQ(trace.sites[0].stack[0].line, 13u);
  EXPECT_EQ(trace.sites[0].stack[1].function, "main");
  ASSERT_EQ(trace.sites[1].stack.size(), 1u);
  EXPECT_EQ(trace.sites[1].stack[0].line, 23u);
}

TEST(StallSample, LeavesOutTheHooksUnlessTheTimeIsSpentInOne) {
  model::Trace trace;
  trace.modules = {mapped("/no/where/program", 0x1000), mapped("/no/where/libloopscope_preload.so", 0x2000),
                   mapped("/no/where/libuv.so.1", 0x3000)};
  trace.stalls.resize(1);
  trace.stalls[0].samples.resize(2);
  trace.stalls[0].samples[0].stack = {at(0x1010), at(0x2010), at(0x3010)};
  trace.stalls[0].samples[1].stack = {at(0x2010), at(0x2020), at(0x1010), at(0x2030), at(0x3010)};
  resolve(trace, {});
  const auto addresses = [](const std::vector<model::Frame>& stack) {
    std::vector<std::uint64_t> all;
    for (const model::Frame& frame : stack) all.push_back(frame.address);
    return all;
  };
  EXPECT_EQ(addresses(trace.stalls[0].samples[0].stack), (std::vector<std::uint64_t>{0x1010, 0x3010}));
  EXPECT_EQ(addresses(trace.stalls[0].samples[1].stack),
            (std::vector<std::uint64_t>{0x2010, 0x2020, 0x1010, 0x3010}));
}

}  // namespace
}  // namespace loopscope::symbols
