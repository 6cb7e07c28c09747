// The map: who is on it, how large, who stands beside whom; and that it stays readable whatever a trace has.
#include "viewer/view/site_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/support/trace_builder.h"
#include "tests/viewer/view/judged.h"
#include "viewer/view/site_filter.h"

namespace loopscope::view {
namespace {

using namespace loopscope::testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Nanos ms = kMillisecond;

SiteMap map_of(model::Trace trace) { return site_map(judged(std::move(trace)), {}); }

const MapNode* find(const SiteMap& map, const std::string& name) {
  for (const MapNode& node : map.nodes) {
    if (node.name == name) return &node;
  }
  return nullptr;
}

const MapEdge* edge(const SiteMap& map, const std::string& from, const std::string& to, MapEdge::Kind kind) {
  for (const MapEdge& one : map.edges) {
    if (one.kind == kind && map.nodes[one.from].name == from && map.nodes[one.to].name == to) return &one;
  }
  return nullptr;
}

// A listener whose connections read and write files.
TraceBuilder a_server() {
  TraceBuilder server = a_trace();
  server.lasting(10 * kSecond).with_loop();
  server.with_site("tcp", "/src/app/net/accept.cpp", 7, 0, "accept_one")
      .with_task(created_at(0).finished_at(1009 * ms).ran(2 * ms, 3 * ms));
  server.with_site("read", "/src/app/store/load.cpp", 11, 0, "load")
      .with_tasks(23, every(10 * ms), created_at(5 * ms).child_of(1).finished_at(105 * ms));
  server.with_site("write", "/src/app/store/save.cpp", 13, 0, "save")
      .with_tasks(7, every(10 * ms), created_at(kSecond).child_of(2));
  return server;
}

TEST(SiteMap, HasANodeForEachPlaceWithItsTimePending) {
  const SiteMap map = map_of(a_server().build());
  ASSERT_THAT(map.nodes, SizeIs(3));
  const MapNode* load = find(map, "load");
  ASSERT_NE(load, nullptr);
  EXPECT_EQ(load->created, 23u);
  EXPECT_EQ(load->finished, 23u);
  EXPECT_EQ(load->time_pending, 23 * 100 * ms);
  EXPECT_EQ(load->kind, "read");
  EXPECT_EQ(load->place, "load (load.cpp:11)");
  EXPECT_EQ(find(map, "accept_one")->run, 3 * ms);
}

TEST(SiteMap, CountsPendingTasksToTheEndOfTheTrace) {
  const SiteMap map = map_of(a_server().build());
  const MapNode* save = find(map, "save");
  ASSERT_NE(save, nullptr);
  EXPECT_EQ(save->pending, 7u);
  // Created at 1 s, 1.01 s ... 1.06 s of 10 s.
  EXPECT_EQ(save->time_pending, 7 * 9 * kSecond - 210 * ms);
}

TEST(SiteMap, ShowsWhoCreatedWhom) {
  const SiteMap map = map_of(a_server().build());
  const MapEdge* to_load = edge(map, "accept_one", "load", MapEdge::Kind::parent);
  ASSERT_NE(to_load, nullptr);
  EXPECT_EQ(to_load->count, 23u);
  const MapEdge* to_save = edge(map, "load", "save", MapEdge::Kind::parent);
  ASSERT_NE(to_save, nullptr);
  EXPECT_EQ(to_save->count, 7u);
  EXPECT_THAT(map.edges, SizeIs(2));
  EXPECT_EQ(find(map, "accept_one")->without_parent, 1u);
  EXPECT_EQ(find(map, "accept_one")->depth, 0u);
  EXPECT_EQ(find(map, "load")->depth, 1u);
  EXPECT_EQ(find(map, "save")->depth, 2u);
}

TEST(SiteMap, ShowsWhoAwaitedWhom) {
  TraceBuilder server = a_server();
  server.with_await(1, 2, 6 * ms, 105 * ms).with_await(1, 3, 16 * ms, 115 * ms).with_cancel(1, 4, 20 * ms);
  const SiteMap map = map_of(server.build());
  const MapEdge* awaited = edge(map, "accept_one", "load", MapEdge::Kind::await);
  ASSERT_NE(awaited, nullptr);
  EXPECT_EQ(awaited->count, 2u) << "who cancels does not wait";
}

TEST(SiteMap, CountsAPlaceThatCreatesItselfWithoutAnArrow) {
  TraceBuilder chain = a_trace();
  chain.with_site("timer", "again.cpp", 3, 0, "again").with_task(created_at(0).finished_at(1 * ms));
  for (std::uint64_t number = 1; number < 31; ++number) {
    const Time at = static_cast<Time>(number) * ms;
    chain.with_task(created_at(at).child_of(number).finished_at(at + ms));
  }
  const SiteMap map = map_of(chain.build());
  ASSERT_THAT(map.nodes, SizeIs(1));
  EXPECT_EQ(map.nodes[0].own_children, 30u);
  EXPECT_THAT(map.edges, IsEmpty());
}

TEST(SiteMap, HasOneNodeForAPlaceReachedByManyStacks) {
  TraceBuilder program = a_trace();
  for (const char* caller : {"first", "second", "third"}) {
    program.with_site("timer", "wait.cpp", 3, 0, "wait").called_from(caller, "main.cpp", 5);
    program.with_tasks(11, every(1 * ms), created_at(0).finished_at(2 * ms));
  }
  const SiteMap map = map_of(program.build());
  ASSERT_THAT(map.nodes, SizeIs(1));
  EXPECT_EQ(map.nodes[0].created, 33u);
  EXPECT_THAT(map.node_of_site, ::testing::ElementsAre(SiteMap::kNoNode, 0, 0, 0));
}

TEST(SiteMap, GroupsByDirectoryAndLibrary) {
  TraceBuilder server = a_server();
  server.with_site("timer", "", 0).with_task(created_at(0).finished_at(ms));
  server.with_site("poll", "/usr/include/boost/asio/detail/op.hpp", 3, 0, "op")
      .with_task(created_at(0).finished_at(ms));
  server.with_site("work", "", 0, 0, "").with_task(created_at(0).finished_at(ms));
  model::Trace trace = server.build();
  trace.sites[5].stack[0].library = true;
  trace.sites[5].stack[0].module = "server";
  model::Frame queued;
  queued.function = "uv_queue_work";
  queued.module = "libuv.so.1";
  queued.library = true;
  trace.sites[6].stack = {queued};
  const SiteMap map = map_of(std::move(trace));
  std::set<std::string> names;
  for (const MapGroup& group : map.groups) names.insert(group.name);
  EXPECT_EQ(names, (std::set<std::string>{"net", "store", "place unknown", "boost", "libuv.so.1"}));
  const MapGroup& store = map.groups[find(map, "load")->group];
  EXPECT_EQ(store.whole, "/src/app/store");
  EXPECT_TRUE(store.own);
  EXPECT_EQ(find(map, "load")->group, find(map, "save")->group);
}

TEST(SiteMap, MarksWhatFindingsAreAbout) {
  TraceBuilder leaky = a_trace();
  leaky.with_site("timer", "leak.cpp", 3, 0, "leak").with_tasks(23, every(ms), created_at(0));
  leaky.with_site("read", "fine.cpp", 3, 0, "fine")
      .with_tasks(31, every(ms), created_at(0).finished_at(9 * kSecond));
  const SiteMap map = map_of(leaky.build());
  ASSERT_THAT(map.nodes, SizeIs(2));
  EXPECT_EQ(map.nodes[0].name, "leak") << "accused places come first, though the other one is larger";
  ASSERT_TRUE(map.nodes[0].worst.has_value());
  EXPECT_GE(*map.nodes[0].worst, detect::Severity::warning);
  EXPECT_FALSE(map.nodes[1].worst.has_value());
}

// So many places, each with one parent task before it.
TraceBuilder a_program_of(std::size_t places, std::size_t directories) {
  TraceBuilder program = a_trace();
  for (std::size_t place = 0; place < places; ++place) {
    const std::string directory = "/src/d" + std::to_string(place % directories);
    program.with_site("timer", directory + "/f" + std::to_string(place) + ".cpp", 3, 0,
                      "f" + std::to_string(place));
    const auto number = static_cast<std::uint64_t>(place);
    program.with_task(
        created_at(static_cast<Time>(place) * 1000)
            .finished_at(static_cast<Time>(place) * 1000 + static_cast<Time>(1 + place * place) * 100)
            .child_of(number / 3));
  }
  return program;
}

void expect_readable(const SiteMap& map) {
  constexpr float kRounding = 1e-5F;
  for (const MapNode& node : map.nodes) {
    const MapGroup& group = map.groups[node.group];
    EXPECT_GT(node.radius, 0);
    EXPECT_GE(node.x - node.radius, group.left - kRounding);
    EXPECT_LE(node.x + node.radius, group.right + kRounding);
    EXPECT_GE(node.y - node.radius, group.top - kRounding);
    EXPECT_LE(node.y + node.radius, group.bottom + kRounding);
  }
  for (std::size_t a = 0; a < map.nodes.size(); ++a) {
    for (std::size_t b = a + 1; b < map.nodes.size(); ++b) {
      const float distance = std::hypot(map.nodes[a].x - map.nodes[b].x, map.nodes[a].y - map.nodes[b].y);
      EXPECT_GE(distance, map.nodes[a].radius + map.nodes[b].radius) << a << " and " << b;
    }
  }
  for (std::size_t a = 0; a < map.groups.size(); ++a) {
    const MapGroup& one = map.groups[a];
    EXPECT_GE(one.left, -kRounding);
    EXPECT_GE(one.top, -kRounding);
    EXPECT_LE(one.right, 1 + kRounding);
    EXPECT_LE(one.bottom, SiteMap::kHeight + kRounding);
    for (std::size_t b = a + 1; b < map.groups.size(); ++b) {
      const MapGroup& other = map.groups[b];
      EXPECT_TRUE(one.right <= other.left || other.right <= one.left || one.bottom <= other.top ||
                  other.bottom <= one.top)
          << a << " and " << b;
    }
  }
}

TEST(SiteMap, HasNoTwoCirclesOrBoxesThatTouch) {
  for (const auto& [places, directories] :
       {std::pair{1, 1}, {2, 2}, {3, 1}, {13, 5}, {31, 31}, {60, 1}, {59, 7}, {997, 3}, {997, 101}}) {
    SCOPED_TRACE(::testing::Message() << places << " places in " << directories << " directories");
    expect_readable(map_of(
        a_program_of(static_cast<std::size_t>(places), static_cast<std::size_t>(directories)).build()));
  }
}

TEST(SiteMap, StandsInTheOrderOfCreation) {
  const SiteMap map = map_of(a_server().build());
  EXPECT_LT(find(map, "accept_one")->x, find(map, "load")->x);
  EXPECT_LT(find(map, "load")->x, find(map, "save")->x);
}

TEST(SiteMap, IsTheSameEachTime) {
  const Analysis analysis = judged(a_program_of(211, 17).build());
  const SiteMap one = site_map(analysis, {});
  const SiteMap other = site_map(analysis, {});
  EXPECT_EQ(map_text(one), map_text(other));
  for (std::size_t node = 0; node < one.nodes.size(); ++node) {
    EXPECT_EQ(one.nodes[node].x, other.nodes[node].x);
    EXPECT_EQ(one.nodes[node].y, other.nodes[node].y);
  }
}

TEST(SiteMap, FoldsUpWhatIsSmallAndLosesNothing) {
  const SiteMap map = map_of(a_program_of(997, 101).build());
  EXPECT_LE(map.nodes.size(), SiteMap::kMostNodes);
  EXPECT_LE(map.groups.size(), SiteMap::kMostGroups);
  EXPECT_LE(map.edges.size(), SiteMap::kMostEdges);
  std::uint64_t places = 0;
  std::uint64_t created = 0;
  std::size_t folded = 0;
  for (const MapNode& node : map.nodes) {
    places += node.places;
    created += node.created;
    folded += node.folded;
    if (node.folded) {
      EXPECT_EQ(node.name, "and " + std::to_string(node.places) + " more");
    }
  }
  EXPECT_EQ(places, 997u);
  EXPECT_EQ(created, 997u);
  EXPECT_GE(folded, 1u);
  EXPECT_NE(find(map, "f996"), nullptr) << "the largest has a node of its own";
  EXPECT_EQ(find(map, "f1"), nullptr);
}

TEST(SiteMap, KeepsTheMostFrequentEdges) {
  // Each of 53 places creates tasks of all others, the later the more.
  TraceBuilder program = a_trace();
  for (int place = 0; place < 53; ++place) {
    program.with_site("timer", "f.cpp", static_cast<std::uint32_t>(place + 1), 0,
                      "f" + std::to_string(place));
    program.with_task(created_at(0).finished_at(ms));
  }
  for (std::uint64_t from = 1; from <= 53; ++from) {
    program.with_site("work", "g.cpp", static_cast<std::uint32_t>(from), 0, "g" + std::to_string(from));
    for (std::uint64_t parent = 1; parent <= 7; ++parent) {
      program.with_tasks(static_cast<std::size_t>(from), every(1),
                         created_at(1).child_of(parent).finished_at(ms));
    }
  }
  const SiteMap map = map_of(program.build());
  ASSERT_THAT(map.edges, SizeIs(::testing::Le(SiteMap::kMostEdges)));
  for (std::size_t at = 1; at < map.edges.size(); ++at)
    EXPECT_GE(map.edges[at - 1].count, map.edges[at].count);
  std::uint64_t shown = 0;
  for (const MapEdge& one : map.edges) shown += one.count;
  EXPECT_GT(shown, 0u);
}

TEST(SiteMap, HasCirclesByArea) {
  EXPECT_FLOAT_EQ(radius_of(100 * ms, 100 * ms), 2 * radius_of(25 * ms, 100 * ms));
  EXPECT_GT(radius_of(0, 100 * ms), 0) << "what is there is seen";
  EXPECT_GT(radius_of(0, 0), 0);
}

TEST(SiteMap, FindsANodeByTheWordsOfTheFilter) {
  Workspace workspace;
  workspace.open(std::make_shared<const Analysis>(judged(a_server().build())));
  const SiteMap map = site_map(*workspace.analysis(), {});
  EXPECT_THAT(nodes_matching(map, dim_sites(workspace)), IsEmpty());
  workspace.set_filter(find(map, "load")->filter);
  const std::vector<bool> matching = nodes_matching(map, dim_sites(workspace));
  ASSERT_THAT(matching, SizeIs(3));
  for (std::size_t node = 0; node < 3; ++node) EXPECT_EQ(matching[node], map.nodes[node].name == "load");
}

TEST(SiteMap, SurvivesParentsInACircleAndNumbersOutOfRange) {
  TraceBuilder builder = a_trace();
  builder.with_site("a", "a.cpp", 1, 0, "a").with_task(created_at(0)).with_site("b", "b.cpp", 1, 0, "b");
  builder.with_task(created_at(1).child_of(1)).with_task(created_at(INT64_MIN));
  model::Trace trace = builder.build();
  model::TaskTable circle;
  circle.add(1, 0, 1, 1);
  circle.add(2, 1, 0, 2);
  circle.add(3, 2, 2'000'003, 1'000'003);
  circle.add(4, INT64_MIN, 3, 2);
  trace.tasks = std::move(circle);
  trace.edges.push_back({model::Edge::Kind::await, 1'000'003, 0, 0, 0, 0});
  trace.edges.push_back({model::Edge::Kind::await, 0, model::kNoTask, 0, 0, 0});
  trace.sites[1].shown_frame = 1'000'003;
  Analysis analysis;
  analysis.trace = std::move(trace);
  analysis.findings.emplace_back();
  analysis.findings.back().site = 1'000'003;
  const SiteMap map = site_map(analysis, {});
  EXPECT_THAT(map.nodes, SizeIs(2));
  EXPECT_THAT(map.edges, SizeIs(2));
  expect_readable(map);
}

TEST(SiteMap, IsEmptyWhereNothingWasCreated) {
  const SiteMap map = map_of(a_trace().lasting(0).build());
  EXPECT_THAT(map.nodes, IsEmpty());
  EXPECT_THAT(map.edges, IsEmpty());
}

TEST(SiteMap, IsAlsoAText) {
  const std::string text = map_text(map_of(a_server().build()));
  EXPECT_THAT(text, HasSubstr("load (load.cpp:11)\tread\tstore\t1\t2300\t23\t23\t0\t0\t0\t0\t\n"));
  EXPECT_THAT(text, HasSubstr("accept_one (accept.cpp:7)\tload (load.cpp:11)\tcreated\t23\n"));
}

}  // namespace
}  // namespace loopscope::view
