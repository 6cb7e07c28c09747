// Which lines are to be blamed for stalls.
#include "viewer/view/stall_lines.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viewer/view/sampled_stalls.h"

namespace loopscope::view {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr Nanos ms = kMillisecond;

struct Table {
  report::StallProfiles profiles;
  std::vector<StallLine> lines;

  std::vector<std::string> places() const {
    std::vector<std::string> places;
    for (const StallLine& line : lines) {
      const std::string place = place_of(profiles, line);
      places.push_back(place.empty() ? function_of(profiles, line) : place);
    }
    return places;
  }
  const StallLine* at(const std::string& place) const {
    const auto is_there = [&](const StallLine& line) { return place_of(profiles, line) == place; };
    const auto found = std::find_if(lines.begin(), lines.end(), is_there);
    return found == lines.end() ? nullptr : &*found;
  }
};

Table table_of(const model::Trace& trace, const StallSelection& selection = {}) {
  Table table{report::stall_profiles(trace), {}};
  table.lines = stall_lines(table.profiles, select_samples(trace, table.profiles, selection));
  return table;
}

TEST(StallLines, BlameTheProgramsLineNotTheLibrarys) {
  const Table table = table_of(sampled_stalls());
  const StallLine* saving = table.at("src/store.cpp:71");
  ASSERT_NE(saving, nullptr);
  EXPECT_EQ(saving->self, 260 * ms);
  EXPECT_EQ(saving->total, 260 * ms);
  EXPECT_EQ(saving->samples, 1u);
  EXPECT_DOUBLE_EQ(saving->share, 260.0 / 461);
  const StallLine* library = table.at("../sysdeps/unix/sysv/linux/fsync.c:27");
  ASSERT_NE(library, nullptr);
  EXPECT_EQ(library->self, 0);
  EXPECT_EQ(library->total, 260 * ms);
  const StallLine* timer = table.at("src/main.cpp:19");
  ASSERT_NE(timer, nullptr);
  EXPECT_EQ(timer->total, 360 * ms) << "under all that was sampled";
}

TEST(StallLines, AddUpToTheSelection) {
  const model::Trace trace = sampled_stalls();
  for (const StallSelection& selection :
       {StallSelection{}, StallSelection{.stall = 0}, StallSelection{.stall = 1},
        StallSelection{.range = TimeRange{1049 * ms, 2011 * ms}}}) {
    const Table table = table_of(trace, selection);
    Nanos sum = 0;
    double share = 0;
    for (const StallLine& line : table.lines) {
      sum += line.self;
      share += line.share;
    }
    EXPECT_EQ(sum, select_samples(trace, table.profiles, selection).total);
    EXPECT_GT(sum, 0);
    EXPECT_NEAR(share, 1, 1e-9);
  }
}

TEST(StallLines, CountRecursionOnce) {
  model::Trace trace = sampled_stalls();
  trace.stalls[0].samples[0].stack[1].line = 9;
  const Table table = table_of(trace, {.stall = 0});
  const StallLine* pack = table.at("src/pack.cpp:9");
  ASSERT_NE(pack, nullptr);
  EXPECT_EQ(pack->total, 47 * ms);
}

TEST(StallLines, KeepTheTimeOfSamplesWithoutAStack) {
  model::Trace trace = sampled_stalls();
  trace.stalls[2].samples[0].stack.clear();
  trace.stalls[2].samples[0].trouble = "the thread did not answer";
  const Table table = table_of(trace, {.stall = 2});
  EXPECT_THAT(table.places(),
              ElementsAre("src/pack.cpp:11", "no stack: the thread did not answer", "src/main.cpp:19"));
}

TEST(StallLines, AreSortedByAnyColumn) {
  Table table = table_of(sampled_stalls());
  EXPECT_THAT(table.places(),
              ElementsAre("src/store.cpp:71", "not sampled", "src/pack.cpp:9", "src/pack.cpp:11",
                          "../sysdeps/unix/sysv/linux/fsync.c:27", "src/main.cpp:19", "src/pack.cpp:13"))
      << "by self at first";
  sort_lines(table.lines, LineColumn::place, false);
  EXPECT_THAT(table.places(),
              ElementsAre("../sysdeps/unix/sysv/linux/fsync.c:27", "src/main.cpp:19", "src/pack.cpp:9",
                          "src/pack.cpp:11", "src/pack.cpp:13", "src/store.cpp:71", "not sampled"));
  sort_lines(table.lines, LineColumn::function, true);
  EXPECT_EQ(table.places().back(), "src/store.cpp:71") << "S before f";
  sort_lines(table.lines, LineColumn::total, true);
  EXPECT_EQ(table.places().front(), "src/main.cpp:19");
  sort_lines(table.lines, LineColumn::samples, true);
  EXPECT_EQ(table.places().front(), "src/pack.cpp:9");
  sort_lines(table.lines, LineColumn::share, false);
  EXPECT_EQ(table.places().back(), "src/store.cpp:71");
}

TEST(ShortPlace, IsWithoutFolders) {
  EXPECT_EQ(short_place("src/store.cpp:71"), "store.cpp:71");
  EXPECT_EQ(short_place("store.cpp:71"), "store.cpp:71");
  EXPECT_EQ(short_place("folder/"), "");
  EXPECT_EQ(short_place(""), "");
}

TEST(StallLines, AreATableForTheClipboard) {
  const Table table = table_of(sampled_stalls(), {.stall = 0});
  EXPECT_THAT(lines_text(table.profiles, table.lines),
              StartsWith("function\tfile\tline\tself_ms\ttotal_ms\tshare\tsamples\n"
                         "Store::save()\tsrc/store.cpp\t71\t260\t260\t0.8469055374592834\t1\n"
                         "pack()\tsrc/pack.cpp\t9\t47\t47\t"));
}

}  // namespace
}  // namespace loopscope::view
