// Samples of stalls merged into one tree: who was under whom, and for how long, with loops and tasks at the root as
// in `export --to folded`. Its layout is boxes in units of one picture; which way the root lies is the drawer's
// business. Built off the frame, laid out in it. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/report/stall_profiles.h"
#include "viewer/view/stall_selection.h"

namespace loopscope::view {

struct FlameNode {
  enum class Kind : std::uint8_t { all, loop, task, function, library, missing };
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  Kind kind = Kind::all;
  std::uint32_t name = 0;  // into Flame::names
  std::uint32_t frame =
      kNone;  // into StallProfiles::frames: of its lines the heaviest; kNone if it is no function
  std::uint32_t parent = kNone;
  std::uint32_t first_child = 0;  // its children are neighbours: heaviest first, equal ones by name
  std::uint32_t children = 0;
  std::uint32_t depth = 0;
  std::uint32_t nodes = 1;  // of its subtree, with itself
  std::uint64_t samples = 0;
  Nanos weight = 0;
  Nanos self = 0;  // not in any of its children
};

struct Flame {
  std::vector<FlameNode> nodes;  // [0] is everything; parents before their children
  std::vector<std::string> names;
  std::uint32_t depth = 0;  // of the deepest node
  SelectedSamples of;       // what it is made of, but for the samples themselves

  std::string_view name(std::uint32_t node) const { return names[nodes[node].name]; }
  double share(std::uint32_t node) const;
  bool empty() const { return of.total == 0; }
};

// Functions are merged by their name, whatever the line, like in the folded text. Without loops and tasks the outermost
// functions are right above the root, so that what several tasks have in common is one box.
Flame flame_of(const report::StallProfiles& profiles, SelectedSamples selected, bool loops_and_tasks);

// The names from the root to that node, without the root's.
std::vector<std::string> path_of(const Flame& flame, std::uint32_t node);
// The node to which that path leads, or as far as it leads.
std::uint32_t follow_path(const Flame& flame, const std::vector<std::string>& path);

struct FlameSearch {
  std::string words;
  std::vector<bool> matches;  // by name; empty if nothing is searched
  Nanos weight = 0;           // in a match, counted once where one match is under another

  bool any() const { return !matches.empty(); }
  bool is_match(const FlameNode& node) const { return any() && matches[node.name]; }
};

// Names that have those words in them, whatever the case. "" matches nothing.
FlameSearch search_flame(const Flame& flame, std::string_view words);

struct FlameBox {
  std::uint32_t node = 0;
  std::uint32_t depth = 0;
  double x = 0;  // 0 .. 1 of the picture
  double width = 0;
  bool outside = false;  // around the focus: it is wider than the picture
};

struct FlameLayout {
  static constexpr std::size_t kMostBoxes = 2000;

  std::vector<FlameBox> boxes;  // by depth, then from the left
  std::uint32_t depth = 0;      // of the deepest box
  std::uint64_t left_out = 0;   // nodes within the focus that are too narrow to be seen

  // The box at that place; nullptr if there is none.
  const FlameBox* box_at(std::uint32_t depth, double x) const;
};

// `focus` fills the picture, which is `pixels` wide. What is narrower than half a pixel is left out, and where there are
// more than kMostBoxes, the narrowest are.
FlameLayout lay_out(const Flame& flame, std::uint32_t focus, double pixels);

// Table of the tree, children indented, for the clipboard.
std::string flame_text(const Flame& flame, const report::StallProfiles& profiles);

}  // namespace loopscope::view
