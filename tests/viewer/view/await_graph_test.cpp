#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/support/trace_builder.h"
#include "viewer/view/await_graph.h"

namespace loopscope::view {
namespace {

using loopscope::testing::a_trace;
using loopscope::testing::created_at;
using loopscope::testing::every;
using loopscope::testing::TraceBuilder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TraceBuilder tasks(std::size_t count) {
  return a_trace().with_site("job").with_tasks(count, every(1), created_at(0));
}

AwaitGraph graph_of(const model::Trace& trace, std::uint64_t number, Time now = 5 * kSecond) {
  return await_graph(trace, TaskNotes::of(trace, {}), trace.tasks.find(number), now);
}

std::map<std::uint64_t, int> layers(const model::Trace& trace, const AwaitGraph& graph) {
  std::map<std::uint64_t, int> found;
  for (const AwaitNode& node : graph.nodes) found[trace.tasks.id(node.task)] = node.layer;
  return found;
}

// "1>2" open, "1-2" over, with "!" in a cycle.
std::vector<std::string> arrows(const model::Trace& trace, const AwaitGraph& graph) {
  std::vector<std::string> found;
  for (const AwaitArrow& arrow : graph.arrows) {
    found.push_back(std::to_string(trace.tasks.id(graph.nodes[arrow.from].task)) + (arrow.open ? ">" : "-") +
                    std::to_string(trace.tasks.id(graph.nodes[arrow.to].task)) + (arrow.in_cycle ? "!" : ""));
  }
  return found;
}

TEST(AwaitGraph, HasWhatATaskWaitsForToTheRightAndWhoWaitsForItToTheLeft) {
  const model::Trace trace =
      tasks(5).with_await(1, 2, 10).with_await(2, 3, 20).with_await(3, 4, 30).with_await(3, 5, 40).build();
  const AwaitGraph graph = graph_of(trace, 3);
  EXPECT_EQ(layers(trace, graph), (std::map<std::uint64_t, int>{{3, 0}, {4, 1}, {5, 1}, {2, -1}, {1, -2}}));
  EXPECT_THAT(arrows(trace, graph), UnorderedElementsAre("1>2", "2>3", "3>4", "3>5"));
  EXPECT_EQ(graph.first_layer, -2);
  EXPECT_EQ(graph.last_layer, 1);
  EXPECT_EQ(graph.most_rows, 2u);
  EXPECT_FALSE(graph.cut);
}

TEST(AwaitGraph, ShowsAWaitThatIsOverAsOver) {
  const model::Trace trace =
      tasks(3).with_await(1, 2, 10, 20).with_await(1, 3, 30).with_await(1, 2, 40, 50).build();
  const AwaitGraph graph = graph_of(trace, 1);
  EXPECT_THAT(arrows(trace, graph), UnorderedElementsAre("1-2", "1>3"));
  const auto twice = std::find_if(graph.arrows.begin(), graph.arrows.end(),
                                  [](const AwaitArrow& arrow) { return arrow.times == 2; });
  ASSERT_NE(twice, graph.arrows.end());
  EXPECT_EQ(twice->begin, 40);
  EXPECT_EQ(twice->end, 50);
}

TEST(AwaitGraph, IsAsOfTheCursor) {
  const model::Trace trace = tasks(3).with_await(1, 2, 10, 20).with_await(1, 3, 30).build();
  EXPECT_THAT(arrows(trace, graph_of(trace, 1, 15)), ElementsAre("1>2"));
  EXPECT_THAT(arrows(trace, graph_of(trace, 1, 20)), ElementsAre("1-2"));
  EXPECT_THAT(arrows(trace, graph_of(trace, 1, 5)), IsEmpty());
}

TEST(AwaitGraph, MarksACycleOfOpenWaits) {
  const model::Trace trace =
      tasks(4).with_await(1, 2, 10).with_await(2, 3, 20).with_await(3, 1, 30).with_await(4, 1, 40).build();
  const AwaitGraph graph = graph_of(trace, 1);
  EXPECT_THAT(arrows(trace, graph), UnorderedElementsAre("1>2!", "2>3!", "3>1!", "4>1"));
  for (const AwaitNode& node : graph.nodes) EXPECT_EQ(node.in_cycle, trace.tasks.id(node.task) != 4);
  // A wait that is over holds nobody.
  const model::Trace resolved =
      tasks(3).with_await(1, 2, 10).with_await(2, 3, 20).with_await(3, 1, 30, 40).build();
  for (const AwaitArrow& arrow : graph_of(resolved, 1).arrows) EXPECT_FALSE(arrow.in_cycle);
}

TEST(AwaitGraph, ATaskMayWaitForItself) {
  const model::Trace trace = tasks(1).with_await(1, 1, 10).build();
  const AwaitGraph graph = graph_of(trace, 1);
  ASSERT_EQ(graph.nodes.size(), 1u);
  EXPECT_TRUE(graph.nodes[0].in_cycle);
  EXPECT_THAT(arrows(trace, graph), ElementsAre("1>1!"));
}

TEST(AwaitGraph, EndsAfterEightLayersAndSaysSo) {
  TraceBuilder builder = tasks(23);
  for (std::uint64_t number = 1; number < 23; ++number) builder.with_await(number, number + 1, 1);
  const AwaitGraph graph = graph_of(builder.build(), 11);
  EXPECT_EQ(graph.first_layer, -kMostAwaitLayers);
  EXPECT_EQ(graph.last_layer, kMostAwaitLayers);
  EXPECT_EQ(graph.nodes.size(), 17u);
  EXPECT_TRUE(graph.cut);
  EXPECT_TRUE(graph_of(builder.build(), 1).cut) << "from the first one on there are 22 more";
}

TEST(AwaitGraph, ShowsOpenWaitsOfManyFirst) {
  TraceBuilder builder = tasks(101);
  for (std::uint64_t number = 3; number <= 101; ++number) {
    builder.with_await(1, number, static_cast<Time>(number), static_cast<Time>(number) + 1);
  }
  builder.with_await(1, 2, 2);
  const model::Trace trace = builder.build();
  const AwaitGraph graph = graph_of(trace, 1);
  ASSERT_EQ(graph.nodes.size(), 1 + kMostAwaitRows);
  EXPECT_EQ(trace.tasks.id(graph.nodes[1].task), 2u);
  EXPECT_EQ(trace.tasks.id(graph.nodes[2].task), 101u) << "then the latest";
  EXPECT_EQ(graph.nodes[0].unshown, 100 - kMostAwaitRows);
  EXPECT_TRUE(graph.cut);
}

TEST(AwaitGraph, EveryNodeHasAPlaceOfItsOwn) {
  TraceBuilder builder = tasks(97);
  for (std::uint64_t number = 1; number <= 97; ++number) {
    for (std::uint64_t step : {2, 3, 5}) builder.with_await(number, number * step % 97 + 1, 1);
  }
  const AwaitGraph graph = graph_of(builder.build(), 1);
  std::map<std::pair<int, std::uint32_t>, int> places;
  for (const AwaitNode& node : graph.nodes) ++places[{node.layer, node.row}];
  EXPECT_EQ(places.size(), graph.nodes.size());
  EXPECT_LE(graph.most_rows, kMostAwaitRows);
}

TEST(AwaitGraph, LooksAtABoundedNumberOfEdges) {
  model::Trace trace = tasks(97).build();
  for (int edge = 0; edge < 1'000'003; ++edge) {
    const auto from = static_cast<model::TaskIndex>(edge % 97);
    trace.edges.push_back(
        {model::Edge::Kind::await, from, static_cast<model::TaskIndex>(edge % 89), edge, kNever, 0});
  }
  const AwaitGraph graph = graph_of(trace, 1, kNever - 1);
  EXPECT_LE(graph.steps, kMostAwaitSteps);
  EXPECT_LE(graph.arrows.size(), kMostAwaitArrows);
  EXPECT_TRUE(graph.cut);
}

TEST(AwaitGraph, OfNoTaskIsEmpty) {
  model::Trace trace = tasks(2).with_await(1, 2, 3).build();
  trace.edges[0].to = 4711;
  EXPECT_THAT(await_graph(trace, TaskNotes::of(trace, {}), model::kNoTask, 0).nodes, IsEmpty());
  EXPECT_THAT(graph_of(trace, 1).arrows, IsEmpty());
}

}  // namespace
}  // namespace loopscope::view
