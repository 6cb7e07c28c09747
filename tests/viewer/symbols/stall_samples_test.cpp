// Stacks taken in the middle of something: their innermost address is a program counter, in code that no compiler
// made, perhaps, or in a signal handler.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <link.h>
#include <signal.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/viewer/symbols/places.h"
#include "viewer/symbols/elf_file.h"
#include "viewer/symbols/resolve.h"

namespace loopscope::symbols {
namespace {

const model::AddressNames kNothingEmbedded;

using Addresses = std::vector<std::uint64_t>;

// A trace with one sample.
model::Trace sampled(const model::Module& module, const Addresses& addresses) {
  model::Trace trace;
  trace.modules = {module};
  trace.stalls.resize(1);
  trace.stalls[0].samples.resize(1);
  for (std::uint64_t address : addresses) {
    trace.stalls[0].samples[0].stack.emplace_back().address = address;
  }
  return trace;
}

std::vector<model::Frame> resolved(const model::Module& module, const Addresses& addresses,
                                   const model::AddressNames& embedded = kNothingEmbedded) {
  model::Trace trace = sampled(module, addresses);
  resolve(trace, embedded);
  return trace.stalls[0].samples[0].stack;
}

// The first byte of the function that returns to `mark`: one less is the function before it.
std::uint64_t entry_of(const Places& places, const std::string& mark) {
  const model::Module& module = places.trace.modules[0];
  std::uint64_t inside = places.frame(mark).address;
  const std::string function = resolved(module, {inside})[0].function;
  std::uint64_t entry = inside;
  while (inside - entry < 101 && resolved(module, {entry - 1})[0].function == function) --entry;
  return entry;
}

TEST(StallSample, BeginsWithAProgramCounterAndGoesOnWithReturnAddresses) {
  const Places places = run_places("places_dwarf5");
  const std::uint64_t entry = entry_of(places, "plain");
  const std::vector<model::Frame> stack =
      resolved(places.trace.modules[0], {entry, places.frame("plain").address, entry});
  ASSERT_GE(stack.size(), 3u);
  expect_name(stack[0].function, "(anonymous namespace)::plain");
  expect_name(stack[1].function, "(anonymous namespace)::plain");
  EXPECT_EQ(stack[1].line, places.line.at("plain"));
  EXPECT_FALSE(stack[2].function.starts_with(stack[0].function)) << "a call cannot return to a first byte";
}

// One address in both meanings, in one trace: the names must not be taken for each other.
TEST(StallSample, HasEmbeddedNamesOfItsOwn) {
  const Places places = run_places("places_dwarf5");
  const model::Module here = places.trace.modules[0];
  model::Module gone = here;
  gone.path = "/nowhere/places_dwarf5";
  const std::uint64_t entry = entry_of(places, "plain");
  model::Trace trace = sampled(here, {entry, entry, places.frame("plain").address});
  resolve(trace, kNothingEmbedded);
  const std::vector<model::Frame> local = trace.stalls[0].samples[0].stack;

  const std::vector<model::Frame> elsewhere =
      resolved(gone, {entry, entry, places.frame("plain").address}, collect_names(trace));
  ASSERT_EQ(elsewhere.size(), local.size());
  for (std::size_t i = 0; i < local.size(); ++i) {
    EXPECT_EQ(elsewhere[i].function, local[i].function) << i;
    EXPECT_EQ(elsewhere[i].line, local[i].line) << i;
  }
  EXPECT_NE(elsewhere[0].function, elsewhere[1].function);
}

#ifdef __x86_64__
class Stubs : public testing::TestWithParam<const char*> {};

TEST_P(Stubs, AreNamedAfterTheFunctionTheyCall) {
  const Places places = run_places(GetParam());
  const model::Module& module = places.trace.modules[0];
  EXPECT_EQ(resolved(module, {places.frame("called_stub").address})[0].function, "getpid@plt");
  EXPECT_EQ(resolved(module, {places.frame("called_stub").address + 5})[0].function, "getpid@plt");
  EXPECT_EQ(resolved(module, {places.frame("taken_stub").address})[0].function, "getppid@plt");
}

INSTANTIATE_TEST_SUITE_P(StallSample, Stubs,
                         testing::Values("places_lazy", "places_eager", "places_ibt", "places_stripped",
                                         "places_static_position"),
                         [](const auto& test) { return std::string(test.param + 7); });

// The stub that all others of a program jump to is no function's.
TEST(StallSample, InTheFirstStubHasNoName) {
  const Places places = run_places("places_lazy");
  const model::Module& module = places.trace.modules[0];
  std::uint64_t stub = places.frame("called_stub").address;
  std::string name;
  for (int steps = 0; steps < 23; ++steps, stub -= 16) {
    name = resolved(module, {stub})[0].function;
    if (!name.ends_with("@plt")) break;
  }
  EXPECT_EQ(name, "");
  EXPECT_LT(stub, places.frame("called_stub").address);
}
#endif

volatile std::uint64_t handler_returns_to;

[[gnu::noinline]] void handle(int) {
  handler_returns_to = reinterpret_cast<std::uint64_t>(__builtin_return_address(0));
}

TEST(StallSample, InASignalHandlerShowsWhatWasInterrupted) {
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = handle;
  sigaction(SIGUSR1, &action, &before);
  raise(SIGUSR1);
  sigaction(SIGUSR1, &before, nullptr);

  const Places places = run_places("places_dwarf5");
  const std::uint64_t entry = entry_of(places, "plain");
  model::Trace trace = sampled(places.trace.modules[0], {places.frame("exported").address, handler_returns_to,
                                                         entry, places.frame("plain").address});
  trace.modules.push_back(module_of(reinterpret_cast<void*>(handler_returns_to)));
  resolve(trace, kNothingEmbedded);
  const std::vector<model::Frame>& stack = trace.stalls[0].samples[0].stack;
  ASSERT_EQ(stack.size(), 4u);
  EXPECT_EQ(stack[1].function, "<signal>");
  expect_name(stack[2].function, "(anonymous namespace)::plain");
  EXPECT_EQ(stack[3].line, places.line.at("plain"));

  // And on a machine that has none of these files.
  model::Trace elsewhere =
      sampled(places.trace.modules[0],
              {places.frame("exported").address, handler_returns_to, entry, places.frame("plain").address});
  Options options;
  options.use_local_files = false;
  resolve(elsewhere, collect_names(trace), options);
  ASSERT_EQ(elsewhere.stalls[0].samples[0].stack.size(), 4u);
  EXPECT_EQ(elsewhere.stalls[0].samples[0].stack[1].function, "<signal>");
  EXPECT_EQ(elsewhere.stalls[0].samples[0].stack[2].function, stack[2].function);
}

TEST(StallSample, NamesFunctionsOfTheCLibrary) {
  const void* function = dlsym(RTLD_DEFAULT, "gai_strerror");
  ASSERT_NE(function, nullptr);
  const std::vector<model::Frame> stack =
      resolved(module_of(function), {reinterpret_cast<std::uint64_t>(function)});
  EXPECT_EQ(stack.back().function, "gai_strerror");
}

TEST(StallSample, NamesFunctionsOfTheVdso) {
  void* vdso = dlopen("linux-vdso.so.1", RTLD_LAZY | RTLD_NOLOAD);
  auto image = ElfFile::own_vdso();
  if (vdso == nullptr || !image) {
    EXPECT_EQ(image, nullptr);  // a kernel without one
    return;
  }
  const void* function = dlsym(vdso, "__vdso_clock_gettime");
  ASSERT_NE(function, nullptr);
  model::Module module;
  module.path = "linux-vdso.so.1";
  module.build_id = image->build_id();
  module.load_bias = module.start = static_cast<link_map*>(vdso)->l_addr;
  module.end = module.start + (1 << 20);
  const std::uint64_t address = reinterpret_cast<std::uint64_t>(function);
  EXPECT_NE(resolved(module, {address})[0].function.find("clock_gettime"), std::string::npos);

  // That of another kernel.
  module.build_id[0] = module.build_id[0] == '0' ? '1' : '0';
  model::Trace trace = sampled(module, {address});
  resolve(trace, kNothingEmbedded);
  EXPECT_EQ(trace.stalls[0].samples[0].stack[0].function, "");
}

// What gdb makes for a call by hand returns to the stack, and compilers at run time write no files.
TEST(StallSample, KeepsAddressesOutsideOfAllFiles) {
  const Places places = run_places("places_dwarf5");
  const std::vector<model::Frame> stack =
      resolved(places.trace.modules[0], {places.frame("plain").address, 0x7ffd00001230, 1});
  ASSERT_EQ(stack.size(), 3u);
  EXPECT_EQ(stack[1].function, "");
  EXPECT_EQ(stack[1].module, "");
  EXPECT_EQ(stack[1].address, 0x7ffd00001230u);
}

}  // namespace
}  // namespace loopscope::symbols
