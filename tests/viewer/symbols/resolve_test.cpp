// What addresses become, for programs built in every way that we meet.
#include "viewer/symbols/resolve.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <link.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "tests/viewer/symbols/places.h"
#include "viewer/symbols/elf_file.h"

namespace loopscope::symbols {
namespace {

namespace fs = std::filesystem;

const model::AddressNames kNothingEmbedded;

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// clang's debug information has parameters even for functions that no other unit can call, gcc's has not.
void expect_name(const std::string& function, const std::string& name) {
  EXPECT_TRUE(function == name || function.starts_with(name + "(")) << function << " is not " << name;
}

void expect_position(const Places& places, const std::string& mark, const std::string& function,
                     const std::string& file = "places.cpp") {
  const model::Frame& frame = places.frame(mark);
  expect_name(frame.function, function);
  EXPECT_TRUE(ends_with(frame.file, "/fixtures/" + file)) << mark << " " << frame.file;
  EXPECT_EQ(frame.line, places.line.at(mark)) << mark;
}

void expect_all_positions(const Places& places) {
  expect_position(places, "plain", "(anonymous namespace)::plain");
  expect_position(places, "exported", "holder");
  expect_position(places, "generic", "(anonymous namespace)::generic<int>");
  expect_position(places, "method", "orders::Queue::push(int)");
  expect_position(places, "c", "hidden_in_c", "from_c.c");
#ifdef __clang__
  expect_position(places, "lambda", "main::$_0::operator()");
#else
  expect_position(places, "lambda", "main::{lambda}::operator()");
#endif
}

class EveryFlavour : public testing::TestWithParam<const char*> {};

TEST_P(EveryFlavour, GivesFunctionFileAndLine) {
  Places places = run_places(GetParam());
  resolve(places.trace, kNothingEmbedded);
  expect_all_positions(places);
  EXPECT_EQ(places.trace.modules[0].trouble, "");
}

TEST_P(EveryFlavour, ExpandsInlinedCallsIntoFrames) {
  Places places = run_places(GetParam());
  resolve(places.trace, kNothingEmbedded);
  const auto& stack = places.at("innermost").stack;
  ASSERT_EQ(stack.size(), 3u);
  expect_name(stack[0].function, "(anonymous namespace)::innermost");
  EXPECT_EQ(stack[0].line, places.line.at("innermost"));
  EXPECT_TRUE(stack[0].inlined);
  expect_name(stack[1].function, "(anonymous namespace)::middle");
  EXPECT_EQ(stack[1].line, places.line.at("middle"));
  EXPECT_TRUE(stack[1].inlined);
  EXPECT_EQ(stack[2].function, "holder");
  EXPECT_EQ(stack[2].line, places.line.at("holder"));
  EXPECT_FALSE(stack[2].inlined);
  for (const auto& frame : stack) {
    EXPECT_TRUE(ends_with(frame.file, "/fixtures/places.cpp"));
    EXPECT_EQ(frame.module, GetParam());
    EXPECT_EQ(frame.address, stack[0].address);
  }
}

INSTANTIATE_TEST_SUITE_P(DebugInformation, EveryFlavour,
                         testing::Values("places_dwarf5", "places_dwarf4", "places_split",
                                         "places_compressed", "places_without_aranges",
                                         "places_static_position", "places_without_id", "places_linked"),
                         [](const auto& test) { return std::string(test.param + 7); });

TEST(Resolve, TwiceIsTheSameAsOnce) {
  Places places = run_places("places_dwarf5");
  resolve(places.trace, kNothingEmbedded);
  resolve(places.trace, kNothingEmbedded);
  expect_all_positions(places);
  EXPECT_EQ(places.at("innermost").stack.size(), 3u);
}

TEST(Resolve, NamesExportedFunctionsOfAStrippedProgramAndNoOthers) {
  Places places = run_places("places_stripped");
  resolve(places.trace, kNothingEmbedded);
  EXPECT_EQ(places.frame("exported").function, "holder");
  EXPECT_EQ(places.frame("exported").line, 0u);
  EXPECT_EQ(places.frame("c").function, "");
  EXPECT_EQ(places.frame("c").module, "places_stripped");
  EXPECT_EQ(places.frame("c").module_offset, places.frame("c").address - places.trace.modules[0].load_bias);
}

TEST(Resolve, FindsTheDebugFileByBuildId) {
  TemporaryFolder folder;
  Places places = run_places("places_stripped");
  const std::string& id = places.trace.modules[0].build_id;
  fs::create_directories(folder / ".build-id/" + id.substr(0, 2));
  fs::copy_file(fixture("places_linked.debug"),
                folder / ".build-id/" + id.substr(0, 2) + "/" + id.substr(2) + ".debug");
  Options options;
  options.debug_dirs = {folder.path()};
  resolve(places.trace, kNothingEmbedded, options);
  expect_all_positions(places);
}

TEST(Resolve, UsesTheDebugFileOfAProgramThatIsGone) {
  TemporaryFolder folder;
  Places places = run_places("places_stripped");
  const std::string id = places.trace.modules[0].build_id;
  fs::create_directories(folder / ".build-id/" + id.substr(0, 2));
  fs::copy_file(fixture("places_linked.debug"),
                folder / ".build-id/" + id.substr(0, 2) + "/" + id.substr(2) + ".debug");
  places.trace.modules[0].path = folder / "gone";
  Options options;
  options.debug_dirs = {folder.path()};
  resolve(places.trace, kNothingEmbedded, options);
  expect_all_positions(places);
  EXPECT_EQ(places.trace.modules[0].trouble, "");
}

TEST(Resolve, RefusesADebugFileOfAnotherBuild) {
  TemporaryFolder folder;
  Places places = run_places("places_stripped");
  fs::copy_file(fixture("places_linked"), folder / "places_linked");
  fs::copy_file(fixture("places_dwarf4"), folder / "places_linked.debug");
  places.trace.modules[0].path = folder / "places_linked";
  resolve(places.trace, kNothingEmbedded);
  EXPECT_EQ(places.frame("exported").function, "holder");
  EXPECT_EQ(places.frame("exported").line, 0u);
}

TEST(Resolve, TakesNothingFromAProgramReplacedSinceTheRecording) {
  TemporaryFolder folder;
  Places places = run_places("places_dwarf5");
  fs::copy_file(fixture("places_dwarf4"), folder / "places_dwarf5");
  places.trace.modules[0].path = folder / "places_dwarf5";
  resolve(places.trace, kNothingEmbedded);
  EXPECT_EQ(places.frame("plain").function, "");
  EXPECT_EQ(places.frame("plain").line, 0u);
  EXPECT_EQ(places.frame("plain").module, "places_dwarf5");
  EXPECT_NE(places.frame("plain").module_offset, 0u);
  EXPECT_EQ(places.trace.modules[0].trouble, "build id differs: replaced since the recording");
}

TEST(Resolve, TrustsAProgramWithoutBuildIdOnlyIfItIsOlderThanTheRecording) {
  Places places = run_places("places_without_id");
  places.trace.process.started_at_unix_ns = 1;  // 1970
  resolve(places.trace, kNothingEmbedded);
  EXPECT_EQ(places.frame("plain").function, "");
  EXPECT_NE(places.trace.modules[0].trouble.find("changed since the recording"), std::string::npos);
}

TEST(Resolve, SaysThatAFileIsGone) {
  Places places = run_places("places_dwarf5");
  places.trace.modules[0].path = "/nowhere/places_dwarf5";
  resolve(places.trace, kNothingEmbedded);
  EXPECT_EQ(places.frame("plain").function, "");
  EXPECT_EQ(places.trace.modules[0].trouble, "file is gone");
}

TEST(Resolve, UsesEmbeddedNamesWhereTheFileIsGone) {
  Places places = run_places("places_dwarf5");
  resolve(places.trace, kNothingEmbedded);
  model::AddressNames embedded = collect_names(places.trace);
  EXPECT_EQ(embedded.size(), places.site.size());

  Places elsewhere = places;
  for (auto& site : elsewhere.trace.sites) {
    if (site.stack.empty()) continue;
    model::Frame bare;
    bare.address = site.stack[0].address;
    site.stack = {bare};
  }
  elsewhere.trace.modules[0].path = "/nowhere/places_dwarf5";
  resolve(elsewhere.trace, embedded);
  expect_all_positions(elsewhere);
  ASSERT_EQ(elsewhere.at("innermost").stack.size(), 3u);
  EXPECT_TRUE(elsewhere.at("innermost").stack[0].inlined);
  EXPECT_EQ(elsewhere.frame("plain").module, "places_dwarf5");
  EXPECT_EQ(elsewhere.trace.modules[0].trouble, "");
}

TEST(Resolve, PrefersEmbeddedLinesToLocalNamesWithoutLines) {
  Places places = run_places("places_stripped");
  model::AddressNames embedded;
  embedded.add(places.frame("exported").address, {{"holder", "/build/places.cpp", 53, false}});
  resolve(places.trace, embedded);
  EXPECT_EQ(places.frame("exported").line, 53u);
  EXPECT_EQ(places.frame("exported").file, "/build/places.cpp");
}

TEST(Resolve, OpensNoLocalFileWhenToldSo) {
  Places places = run_places("places_dwarf5");
  Options options;
  options.use_local_files = false;
  resolve(places.trace, kNothingEmbedded, options);
  EXPECT_EQ(places.frame("plain").function, "");
  EXPECT_EQ(places.frame("plain").module, "places_dwarf5");
}

TEST(Resolve, TakesTheInnermostFrameOfAStallAsAProgramCounter) {
  Places places = run_places("places_dwarf5");
  // The very first byte of a function: minus one would be the function before it.
  const model::Module& module = places.trace.modules[0];
  std::uint64_t plain = places.frame("plain").address;
  resolve(places.trace, kNothingEmbedded);
  std::uint64_t entry = plain;
  while (true) {
    Places probe;
    probe.trace.modules = {module};
    probe.trace.sites.resize(1);
    probe.trace.sites[0].stack.resize(1);
    probe.trace.sites[0].stack[0].address = entry;
    resolve(probe.trace, kNothingEmbedded);
    if (probe.trace.sites[0].stack[0].function != places.frame("plain").function) break;
    --entry;
    ASSERT_LT(plain - entry, 101u);
  }
  model::Stall stall;
  stall.samples.resize(1);
  stall.samples[0].stack.resize(2);
  stall.samples[0].stack[0].address = entry;
  stall.samples[0].stack[1].address = plain;
  places.trace.stalls.push_back(stall);
  resolve(places.trace, kNothingEmbedded);
  expect_name(places.trace.stalls[0].samples[0].stack[0].function, "(anonymous namespace)::plain");
  expect_name(places.trace.stalls[0].samples[0].stack[1].function, "(anonymous namespace)::plain");
  EXPECT_EQ(places.trace.stalls[0].samples[0].stack[1].line, places.line.at("plain"));
}

TEST(Resolve, LeavesSourcePositionsWithoutAddressAlone) {
  model::Trace trace;
  trace.sites.resize(1);
  trace.sites[0].stack.resize(1);
  trace.sites[0].stack[0].function = "co_fetch";
  trace.sites[0].stack[0].file = "fetch.cpp";
  trace.sites[0].stack[0].line = 23;
  resolve(trace, kNothingEmbedded);
  EXPECT_EQ(trace.sites[0].stack[0].function, "co_fetch");
  EXPECT_EQ(trace.sites[0].shown_frame, 0u);
}

TEST(Resolve, SurvivesAModulePathThatIsNoFile) {
  for (const char* path : {"/dev/tty", "/", "/proc/self/mem", "relative", "", "/etc/passwd"}) {
    Places places = run_places("places_dwarf5");
    places.trace.modules[0].path = path;
    resolve(places.trace, kNothingEmbedded);
    EXPECT_EQ(places.frame("plain").function, "") << path;
    EXPECT_NE(places.trace.modules[0].trouble, "") << path;
  }
}

// One site at `address` of a library that this very process has loaded.
model::Trace trace_of(const void* address, const std::string& path, const std::string& build_id,
                      std::uint64_t base) {
  model::Trace trace;
  model::Module module;
  module.path = path;
  module.build_id = build_id;
  module.start = base;
  module.end = base + (std::uint64_t{1} << 30);
  module.load_bias = base;
  trace.modules.push_back(module);
  trace.sites.resize(1);
  trace.sites[0].stack.resize(1);
  trace.sites[0].stack[0].address = reinterpret_cast<std::uint64_t>(address) + 5;
  return trace;
}

TEST(Resolve, NamesFunctionsOfTheCLibrary) {
  void* function = dlsym(RTLD_DEFAULT, "gai_strerror");
  Dl_info info;
  ASSERT_NE(dladdr(function, &info), 0);
  std::string problem;
  std::string path = fs::canonical(info.dli_fname);
  auto file = ElfFile::open(path, problem);
  ASSERT_TRUE(file) << problem;
  model::Trace trace =
      trace_of(function, path, file->build_id(), reinterpret_cast<std::uint64_t>(info.dli_fbase));
  resolve(trace, kNothingEmbedded);
  EXPECT_EQ(trace.sites[0].stack.back().function, "gai_strerror");
}

TEST(Resolve, NamesFunctionsOfTheVdso) {
  void* vdso = dlopen("linux-vdso.so.1", RTLD_LAZY | RTLD_NOLOAD);
  auto image = ElfFile::own_vdso();
  if (vdso == nullptr || !image) {
    EXPECT_EQ(image, nullptr);  // a kernel without one
    return;
  }
  void* function = dlsym(vdso, "__vdso_clock_gettime");
  ASSERT_NE(function, nullptr);
  link_map* map = static_cast<link_map*>(vdso);
  model::Trace trace = trace_of(function, "linux-vdso.so.1", image->build_id(), map->l_addr);
  resolve(trace, kNothingEmbedded);
  EXPECT_NE(trace.sites[0].stack[0].function.find("clock_gettime"), std::string::npos);
  EXPECT_EQ(trace.modules[0].trouble, "");
}

}  // namespace
}  // namespace loopscope::symbols
