// One tree of all samples: its weights are those of the folded text, its boxes those of a picture.
#include "viewer/view/flame.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/view/sampled_stalls.h"

namespace loopscope::view {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Nanos ms = kMillisecond;

Flame flame_of(const model::Trace& trace, const StallSelection& selection = {}, bool loops_and_tasks = true) {
  const report::StallProfiles profiles = report::stall_profiles(trace);
  return flame_of(profiles, select_samples(trace, profiles, selection), loops_and_tasks);
}

std::optional<std::uint32_t> node_at(const Flame& flame, const std::vector<std::string>& path) {
  const std::uint32_t node = follow_path(flame, path);
  return path_of(flame, node) == path ? std::optional(node) : std::nullopt;
}

std::vector<std::string> children_of(const Flame& flame, std::uint32_t node) {
  std::vector<std::string> names;
  const FlameNode& of = flame.nodes[node];
  for (std::uint32_t child = of.first_child; child < of.first_child + of.children; ++child)
    names.emplace_back(flame.name(child));
  return names;
}

const std::string kLoop = "1 libuv main";
const std::string kTask = "uv_timer start_saving (main.cpp:23)";
const std::string kTimer = "on_timer(uv_timer_s*)";

model::StallSample sample_in(const std::string& function, Nanos weight) {
  model::StallSample sample;
  sample.weight = weight;
  sample.stack.emplace_back().function = function;
  return sample;
}

// A stall with as many functions side by side, the first of which weighs twice as much as another.
model::Trace many_functions(int count) {
  model::Trace trace = testing::a_trace().with_loop().with_stall(0, (count + 1) * ms).build();
  for (int at = 0; at < count; ++at)
    trace.stalls[0].samples.push_back(sample_in("f" + std::to_string(at), at == 0 ? 2 * ms : ms));
  return trace;
}

TEST(Flame, HasTheWeightsOfTheFoldedText) {
  const model::Trace trace = sampled_stalls();
  const Flame flame = flame_of(trace);
  std::map<std::string, Nanos> stacks;
  for (std::uint32_t node = 1; node < flame.nodes.size(); ++node) {
    std::string stack;
    for (const std::string& name : path_of(flame, node)) stack += (stack.empty() ? "" : ";") + name;
    if (flame.nodes[node].self > 0 && stack != "not sampled") stacks[stack] = flame.nodes[node].self;
  }
  std::string folded;
  for (const auto& [stack, weight] : stacks)
    folded += stack + " " + std::to_string(weight / kMicrosecond) + "\n";
  EXPECT_EQ(folded, report::folded_text(report::stall_profiles(trace)));
  EXPECT_EQ(stacks.size(), 3u);
}

TEST(Flame, CountsStallsThatNobodySampled) {
  const Flame flame = flame_of(sampled_stalls());
  EXPECT_EQ(flame.of.total, (307 + 101 + 53) * ms) << "as long as all stalls together";
  EXPECT_EQ(flame.nodes[0].weight, flame.of.total);
  EXPECT_EQ(flame.nodes[0].self, 0);
  EXPECT_EQ(flame.of.stalls, 3u);
  EXPECT_EQ(flame.of.stalls_not_sampled, 1u);
  const auto missing = node_at(flame, {"not sampled"});
  ASSERT_TRUE(missing);
  EXPECT_EQ(flame.nodes[*missing].weight, 101 * ms);
  EXPECT_EQ(flame.nodes[*missing].samples, 0u);
  EXPECT_DOUBLE_EQ(flame.share(*missing), 101.0 / 461);
}

TEST(Flame, HasTheHeaviestChildFirst) {
  const Flame flame = flame_of(sampled_stalls());
  EXPECT_THAT(children_of(flame, 0), ElementsAre(kLoop, "not sampled"));
  const auto timer = node_at(flame, {kLoop, kTask, kTimer});
  ASSERT_TRUE(timer);
  EXPECT_THAT(children_of(flame, *timer), ElementsAre("Store::save()", "pack()"));
  EXPECT_EQ(flame.nodes[*timer].samples, 4u);
  EXPECT_EQ(flame.nodes[*timer].nodes, 5u) << "itself, save, fsync, pack, pack in pack";
}

TEST(Flame, OrdersEqualOnesByName) {
  const Flame flame = flame_of(many_functions(5));
  const auto task = node_at(flame, {kLoop, "no task"});
  ASSERT_TRUE(task);
  EXPECT_THAT(children_of(flame, *task), ElementsAre("f0", "f1", "f2", "f3", "f4"));
}

TEST(Flame, ShowsTheHeaviestLineOfAFunction) {
  const model::Trace trace = sampled_stalls();
  const report::StallProfiles profiles = report::stall_profiles(trace);
  const Flame flame = flame_of(trace, {.stall = 2});
  const auto pack = node_at(flame, {kLoop, kTask, kTimer, "pack()"});
  ASSERT_TRUE(pack);
  EXPECT_EQ(flame.nodes[*pack].weight, 53 * ms) << "two lines, one function";
  EXPECT_EQ(profiles.frames[flame.nodes[*pack].frame].line, 11u) << "33 ms against 20";
  EXPECT_EQ(flame.nodes[*pack].kind, FlameNode::Kind::function);
}

TEST(Flame, TellsCodeOfLibrariesFromTheProgramsOwn) {
  const Flame flame = flame_of(sampled_stalls());
  EXPECT_EQ(flame.nodes[*node_at(flame, {kLoop})].kind, FlameNode::Kind::loop);
  EXPECT_EQ(flame.nodes[*node_at(flame, {kLoop, kTask})].kind, FlameNode::Kind::task);
  EXPECT_EQ(flame.nodes[*node_at(flame, {kLoop, kTask, kTimer, "Store::save()"})].kind,
            FlameNode::Kind::function);
  EXPECT_EQ(flame.nodes[*node_at(flame, {kLoop, kTask, kTimer, "Store::save()", "fsync"})].kind,
            FlameNode::Kind::library);
  EXPECT_EQ(flame.nodes[*node_at(flame, {"not sampled"})].kind, FlameNode::Kind::missing);
}

TEST(Flame, WithoutTasksMergesWhatTheyHaveInCommon) {
  const Flame flame = flame_of(sampled_stalls(), {}, false);
  EXPECT_THAT(children_of(flame, 0), ElementsAre(kTimer, "not sampled"));
  EXPECT_EQ(flame.nodes[*node_at(flame, {kTimer, "pack()"})].weight, (47 + 53) * ms);
}

TEST(Flame, OfOneStallIsAsLongAsThatStall) {
  const model::Trace trace = sampled_stalls();
  for (std::size_t stall = 0; stall < trace.stalls.size(); ++stall) {
    const Flame flame = flame_of(trace, {.stall = stall});
    EXPECT_EQ(flame.of.total, trace.stalls[stall].duration) << stall;
    EXPECT_EQ(flame.of.stalls, 1u);
  }
  EXPECT_TRUE(flame_of(trace, {.stall = 3}).empty()) << "there is none";
}

TEST(Flame, OfAStretchOfTimeHasWhatLiesWithin) {
  const model::Trace trace = sampled_stalls();
  // The last 7 ms of pack() in the first stall, the first 13 ms of fsync().
  const Flame flame = flame_of(trace, {.range = TimeRange{1049 * ms, 1069 * ms}});
  EXPECT_EQ(flame.of.total, 20 * ms);
  EXPECT_EQ(flame.nodes[*node_at(flame, {kLoop, kTask, kTimer, "pack()"})].weight, 7 * ms);
  EXPECT_EQ(flame.nodes[*node_at(flame, {kLoop, kTask, kTimer, "Store::save()"})].weight, 13 * ms);
  EXPECT_EQ(flame.of.stalls, 1u);
  const Flame unsampled = flame_of(trace, {.range = TimeRange{4950 * ms, 4961 * ms}});
  EXPECT_EQ(unsampled.of.not_sampled, 11 * ms);
  EXPECT_TRUE(flame_of(trace, {.range = TimeRange{3 * kSecond, 4 * kSecond}}).empty());
}

TEST(Flame, OfNothingHasItsRootOnly) {
  const Flame flame = flame_of(model::Trace{});
  EXPECT_TRUE(flame.empty());
  EXPECT_EQ(flame.nodes.size(), 1u);
  EXPECT_TRUE(lay_out(flame, 0, 100).boxes.empty());
  EXPECT_EQ(flame.share(0), 0);
}

TEST(Flame, SurvivesNumbersThatCannotBe) {
  model::Trace trace = sampled_stalls();
  trace.stalls[0].samples[0].weight = INT64_MAX;
  trace.stalls[0].samples[1].weight = INT64_MAX;
  trace.stalls[1].duration = INT64_MIN;
  trace.stalls[2].begin = INT64_MAX;
  trace.stalls[2].samples[0].weight = -1;
  const Flame flame = flame_of(trace);
  EXPECT_EQ(flame.of.total, INT64_MAX);
  EXPECT_EQ(flame_of(trace, {.range = TimeRange{INT64_MIN, INT64_MAX}}).of.total, INT64_MAX - 1009 * ms)
      << "time ends there";
  for (const FlameBox& box : lay_out(flame, 0, 1000).boxes) {
    EXPECT_GE(box.x, 0);
    EXPECT_LE(box.x, 1);
  }
}

TEST(FlamePath, LeadsAsFarAsItCan) {
  const Flame flame = flame_of(sampled_stalls());
  const std::uint32_t node = follow_path(flame, {kLoop, kTask, "another function", "pack()"});
  EXPECT_THAT(path_of(flame, node), ElementsAre(kLoop, kTask));
}

TEST(FlameSearch, CountsNestedMatchesOnce) {
  const Flame flame = flame_of(sampled_stalls());
  EXPECT_EQ(search_flame(flame, "PACK").weight, (47 + 53) * ms) << "pack() in pack() is no more time";
  EXPECT_EQ(search_flame(flame, "timer").weight, 360 * ms) << "the task's name and the function's";
  EXPECT_EQ(search_flame(flame, "fsync").weight, 260 * ms);
}

TEST(FlameSearch, OfNothingMatchesNothing) {
  const Flame flame = flame_of(sampled_stalls());
  EXPECT_FALSE(search_flame(flame, "").any());
  EXPECT_EQ(search_flame(flame, "no such function").weight, 0);
  EXPECT_EQ(search_flame(flame, "all stalls").weight, 0) << "the root is no function";
}

TEST(FlameLayout, GivesChildrenTheirShareOfTheirParent) {
  const Flame flame = flame_of(sampled_stalls());
  const FlameLayout layout = lay_out(flame, 0, 1000);
  EXPECT_EQ(layout.left_out, 0u);
  EXPECT_EQ(layout.boxes.size(), flame.nodes.size());
  for (const FlameBox& box : layout.boxes) {
    EXPECT_DOUBLE_EQ(box.width, flame.share(box.node));
    if (box.node == 0) continue;
    const auto parent = std::find_if(layout.boxes.begin(), layout.boxes.end(), [&](const FlameBox& other) {
      return other.node == flame.nodes[box.node].parent;
    });
    ASSERT_NE(parent, layout.boxes.end());
    EXPECT_EQ(parent->depth + 1, box.depth);
    EXPECT_GE(box.x, parent->x);
    EXPECT_LE(box.x + box.width, parent->x + parent->width + 1e-9);
  }
}

TEST(FlameLayout, FindsTheBoxUnderThePointer) {
  const Flame flame = flame_of(sampled_stalls());
  const FlameLayout layout = lay_out(flame, 0, 1000);
  const FlameBox* fsync = layout.box_at(5, 0.25);
  ASSERT_NE(fsync, nullptr);
  EXPECT_EQ(flame.name(fsync->node), "fsync");
  EXPECT_EQ(layout.box_at(5, 0.99), nullptr) << "nothing stands on what was not sampled";
  EXPECT_EQ(layout.box_at(99, 0.25), nullptr);
  EXPECT_EQ(layout.box_at(0, -0.1), nullptr);
  EXPECT_EQ(layout.box_at(0, 1.1), nullptr);
}

TEST(FlameLayout, OfAFocusFillsThePictureWithItAndWhatIsAroundIt) {
  const Flame flame = flame_of(sampled_stalls());
  const auto pack = node_at(flame, {kLoop, kTask, kTimer, "pack()"});
  ASSERT_TRUE(pack);
  const FlameLayout layout = lay_out(flame, *pack, 1000);
  for (const FlameBox& box : layout.boxes) {
    EXPECT_EQ(box.outside, box.depth < flame.nodes[*pack].depth);
    if (box.outside) {
      EXPECT_EQ(box.width, 1) << flame.name(box.node);
    }
  }
  EXPECT_EQ(layout.boxes.size(), 6u) << "everything, loop, task, on_timer, pack, pack in pack";
  EXPECT_EQ(layout.depth, 5u);
  EXPECT_EQ(lay_out(flame, 4711, 1000).boxes.size(), flame.nodes.size()) << "no such node: everything";
}

TEST(FlameLayout, LeavesOutWhatIsNarrowerThanHalfAPixelAndCountsIt) {
  const Flame flame = flame_of(many_functions(101));
  // 102 ms wide, so that a millisecond is half a pixel in 51 of them.
  EXPECT_EQ(lay_out(flame, 0, 53).left_out, 0u);
  const FlameLayout narrow = lay_out(flame, 0, 47);
  EXPECT_EQ(narrow.left_out, 100u) << "all but f0, which has two";
  EXPECT_EQ(narrow.boxes.size() + narrow.left_out, flame.nodes.size());
}

TEST(FlameLayout, HasNoMoreBoxesThanCanBeDrawn) {
  const Flame flame = flame_of(many_functions(3001));
  const FlameLayout layout = lay_out(flame, 0, 1e6);
  EXPECT_EQ(layout.boxes.size(), FlameLayout::kMostBoxes);
  EXPECT_EQ(layout.boxes.size() + layout.left_out, flame.nodes.size());
  EXPECT_EQ(flame.name(layout.boxes[3].node), "f0") << "the widest is in any case there";
}

TEST(FlameLayout, SurvivesAStackOfAnyDepth) {
  model::Trace trace = testing::a_trace().with_loop().with_stall(0, 17 * ms).build();
  trace.stalls[0].samples.push_back(sample_in("again", 17 * ms));
  trace.stalls[0].samples[0].stack.resize(3001, trace.stalls[0].samples[0].stack[0]);
  const Flame flame = flame_of(trace);
  EXPECT_EQ(flame.depth, 3003u);
  const auto deepest = static_cast<std::uint32_t>(flame.nodes.size() - 1);
  const FlameLayout layout = lay_out(flame, deepest, 1000);
  EXPECT_LE(layout.boxes.size(), FlameLayout::kMostBoxes);
  EXPECT_EQ(layout.boxes.back().node, deepest);
  EXPECT_EQ(search_flame(flame, "again").weight, 17 * ms);
}

TEST(FlameText, HasALineANode) {
  const model::Trace trace = sampled_stalls();
  const Flame flame = flame_of(trace);
  const std::string text = flame_text(flame, report::stall_profiles(trace));
  EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), flame.nodes.size() + 1);
  EXPECT_THAT(text, HasSubstr("function\tfile\tline\ttotal_ms\tself_ms\tshare\tsamples\n"
                              "all stalls\t\t\t461\t0\t1\t4\n"
                              "  1 libuv main\t\t\t360\t0\t"));
  EXPECT_THAT(text, HasSubstr("        Store::save()\tsrc/store.cpp\t71\t260\t0\t"));
}

}  // namespace
}  // namespace loopscope::view
