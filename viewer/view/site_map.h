// The program as a map: each place that creates tasks is one node, however often it ran, sized by the time that its
// tasks were pending; edges say who created whose tasks and who awaited whose. Places of one source directory or library
// stand in one group, and what is small is folded up, so that a map of any program can be drawn and read. Made on a
// thread of its own, since it takes a look at every task; then immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "viewer/analysis.h"

namespace loopscope::view {

struct MapNode {
  std::uint32_t group = 0;  // into SiteMap::groups
  // Whose stack stands for the place; for what is folded up, the place with most time pending.
  model::SiteIndex site = model::kNoSite;
  std::uint64_t places = 1;  // more: what was too small for a node of its own
  bool folded = false;
  bool subscription = false;              // fires many times: pending by its nature
  std::optional<detect::Severity> worst;  // of the findings about it
  std::string name;                       // "on_timer", "and 7 more"
  std::string place;                      // "on_timer (main.cpp:19)"
  std::string kind;                       // "uv_timer"
  std::string filter;                     // the words that find it; "" if it is folded up
  std::uint64_t created = 0;
  std::uint64_t finished = 0;
  std::uint64_t pending = 0;
  Nanos time_pending = 0;  // all tasks together, created to finished or to the trace's end
  Nanos run = 0;           // all their spans
  std::uint64_t without_parent = 0;
  std::uint64_t own_children = 0;  // created by tasks of the same node
  std::uint32_t depth = 0;         // creations away from where nobody created anything
  // Where its circle is, in widths of the map.
  float x = 0;
  float y = 0;
  float radius = 0;
  float label_width = 0;  // room for a line of text below it
};

struct MapEdge {
  enum class Kind : std::uint8_t { parent, await };
  Kind kind = Kind::parent;
  std::uint32_t from = 0;  // into SiteMap::nodes: who created, or who waited
  std::uint32_t to = 0;    // whose tasks were created, or awaited
  std::uint64_t count = 0;
};

struct MapGroup {
  std::string name;   // "nvim/event", "libuv.so.1"
  std::string whole;  // the directory as recorded
  bool own = false;   // the program's own source
  Nanos time_pending = 0;
  float left = 0;
  float top = 0;
  float right = 0;
  float bottom = 0;
};

struct SiteMap {
  std::vector<MapNode> nodes;  // at most kMostNodes; most important first
  std::vector<MapEdge> edges;  // at most kMostEdges; most frequent first; never from a node to itself
  std::vector<MapGroup> groups;
  std::size_t edges_left_out = 0;         // rarer ones
  std::uint64_t creations_left_out = 0;   // of pairs of places beyond those that are counted
  std::uint64_t tasks_known_by_sums = 0;  // of which nobody knows the parent any more
  Nanos most_time_pending = 0;            // of a node: the largest circle
  // By site of the trace; kNoNode if it has no tasks.
  std::vector<std::uint32_t> node_of_site;

  static constexpr std::uint32_t kNoNode = UINT32_MAX;
  static constexpr std::size_t kMostNodes = 60;
  static constexpr std::size_t kMostGroups = 12;
  static constexpr std::size_t kMostEdges = 200;
  // Of the picture, in its widths: a wide panel's.
  static constexpr float kHeight = 0.3F;
};

// A place in which a finding is comes before all others; then counts time pending. Incomplete if it was told to stop.
SiteMap site_map(const Analysis& analysis, const std::stop_token& stop);

// The nodes in which a site matches the filter's words, see dim_sites(). Empty if there are no words.
std::vector<bool> nodes_matching(const SiteMap& map, const std::vector<bool>& dim_sites);

// Radius of a circle for so much time, next to a largest one of `most`.
float radius_of(Nanos time_pending, Nanos most);

// Nodes, then edges, with tab-separated cells.
std::string map_text(const SiteMap& map);

}  // namespace loopscope::view
