// What addresses become, for programs built in every way that we meet.
#include "viewer/symbols/resolve.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/viewer/symbols/places.h"
#include "viewer/symbols/known_names.h"

namespace loopscope::symbols {
namespace {

namespace fs = std::filesystem;

const model::AddressNames kNothingEmbedded;

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
    EXPECT_TRUE(frame.file.ends_with("/fixtures/places.cpp"));
    EXPECT_EQ(frame.module, GetParam());
    EXPECT_EQ(frame.address, stack[0].address);
  }
}

// The last ones need programs that not every machine has.
std::vector<const char*> flavours() {
  std::vector<const char*> all = {"places_dwarf5",        "places_dwarf4",          "places_split",
                                  "places_compressed",    "places_without_aranges", "places_static_position",
                                  "places_without_id",    "places_optimised",       "places_linked",
                                  "places_checked",       "places_elfutils",        "places_shared",
                                  "places_other_compiler"};
  std::erase_if(all, [](const char* name) { return !fs::exists(fixture(name)); });
  return all;
}

INSTANTIATE_TEST_SUITE_P(DebugInformation, EveryFlavour, testing::ValuesIn(flavours()),
                         [](const auto& test) { return std::string(test.param + 7); });

TEST(Resolve, NamesWhatACoroutineRunsWhenItIsResumedOrDestroyedAfterIt) {
  for (const char* name : {"places_dwarf5", "places_symtab"}) {
    Places places = run_places(name);
    resolve(places.trace, kNothingEmbedded);
    EXPECT_TRUE(places.frame("resumed").function.starts_with("orders::deliver"))
        << places.frame("resumed").function;
    EXPECT_EQ(places.frame("resumed").function.find("Frame"), std::string::npos);
    const model::Frame& destroyed = places.at("destroyed").stack.back();
    EXPECT_TRUE(destroyed.function.starts_with("orders::deliver")) << destroyed.function;
  }
}

TEST(Resolve, NamesEveryFunctionWhereTheSymbolTableWasKept) {
  Places places = run_places("places_symtab");
  resolve(places.trace, kNothingEmbedded);
  expect_name(places.frame("plain").function, "(anonymous namespace)::plain");
  EXPECT_EQ(places.frame("method").function, "orders::Queue::push(int)");
  EXPECT_EQ(places.frame("c").function, "hidden_in_c");
  // No debug information, no inlined frames: the code is in the function that holds it.
  ASSERT_EQ(places.at("innermost").stack.size(), 1u);
  EXPECT_EQ(places.frame("innermost").function, "holder");
  EXPECT_EQ(places.frame("plain").line, 0u);
}

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

TEST(Resolve, OpensNoFileForWhatItWasAskedBefore) {
  Places places = run_places("places_dwarf5");
  const fs::path copy = fs::path(testing::TempDir()) / "places_to_be_removed";
  fs::copy_file(places.trace.modules[0].path, copy, fs::copy_options::overwrite_existing);
  places.trace.modules[0].path = copy;
  // Of the earlier state nobody had come to that place yet.
  Places earlier = places;
  std::erase_if(earlier.trace.sites, [&](const model::Site& site) {
    return !site.stack.empty() && site.stack[0].address == places.frame("plain").address;
  });
  KnownNames known;
  Options options;
  options.known = &known;
  resolve(earlier.trace, kNothingEmbedded, options);
  fs::remove(copy);

  resolve(places.trace, kNothingEmbedded, options);
  EXPECT_EQ(places.at("innermost").stack.size(), 3u);
  EXPECT_EQ(places.frame("method").function, "orders::Queue::push(int)");
  EXPECT_NE(places.frame("method").line, 0u);
  EXPECT_EQ(places.frame("plain").function, "");
  EXPECT_NE(places.trace.modules[0].trouble, "");
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
  embedded.add(places.frame("exported").address, model::AddressKind::return_address,
               {{"holder", "/build/places.cpp", 53, false}});
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

}  // namespace
}  // namespace loopscope::symbols
