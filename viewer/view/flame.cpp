#include "viewer/view/flame.h"

#include <algorithm>
#include <cmath>
#include <queue>
#include <unordered_map>
#include <utility>

#include "viewer/view/tab_text.h"
#include "viewer/view/word_match.h"

namespace loopscope::view {
namespace {

using Kind = FlameNode::Kind;

constexpr std::size_t kMostTextLines = 10'000;

std::uint64_t pair_of(std::uint32_t high, std::uint32_t low) {
  return (static_cast<std::uint64_t>(high) << 32) | low;
}

class NameTable {
 public:
  explicit NameTable(std::vector<std::string>& names) : names_(names) {}

  std::uint32_t index_of(const std::string& name) {
    const auto [at, added] = known_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
    if (added) names_.push_back(name);
    return at->second;
  }

 private:
  std::vector<std::string>& names_;
  std::unordered_map<std::string, std::uint32_t> known_;
};

// The tree in the order in which samples came; its children lie anywhere.
class Trie {
 public:
  Trie() { nodes_.emplace_back(); }

  std::uint32_t child(std::uint32_t parent, std::uint32_t name, Kind kind) {
    const auto [at, added] =
        children_.try_emplace(pair_of(parent, name), static_cast<std::uint32_t>(nodes_.size()));
    if (added) {
      FlameNode node;
      node.kind = kind;
      node.name = name;
      node.parent = parent;
      node.depth = nodes_[parent].depth + 1;
      nodes_.push_back(node);
    }
    return at->second;
  }

  void add(std::uint32_t node, Nanos weight, std::uint64_t samples) {
    nodes_[node].weight = add_saturating(nodes_[node].weight, weight);
    nodes_[node].samples += samples;
  }

  // The node is at that line for so long. The heaviest line of a node stands for it, of equal ones the first.
  void add_line(std::uint32_t node, std::uint32_t frame, Nanos weight) {
    Nanos& sum = lines_[pair_of(node, frame)];
    sum = add_saturating(sum, weight);
    std::uint32_t& heaviest = nodes_[node].frame;
    if (heaviest == FlameNode::kNone || (heaviest != frame && sum > lines_[pair_of(node, heaviest)]))
      heaviest = frame;
  }

  void add_self(std::uint32_t node, Nanos weight) {
    nodes_[node].self = add_saturating(nodes_[node].self, weight);
  }

  // The same with children as neighbours, heaviest first.
  std::vector<FlameNode> sorted(const std::vector<std::string>& names) const;

 private:
  std::vector<FlameNode> nodes_;  // parents before their children
  std::unordered_map<std::uint64_t, std::uint32_t> children_;
  std::unordered_map<std::uint64_t, Nanos> lines_;
};

std::vector<FlameNode> Trie::sorted(const std::vector<std::string>& names) const {
  std::vector<std::vector<std::uint32_t>> children(nodes_.size());
  for (std::uint32_t node = 1; node < nodes_.size(); ++node) children[nodes_[node].parent].push_back(node);
  const auto heavier = [&](std::uint32_t a, std::uint32_t b) {
    const FlameNode& left = nodes_[a];
    const FlameNode& right = nodes_[b];
    return left.weight != right.weight ? left.weight > right.weight : names[left.name] < names[right.name];
  };
  std::vector<FlameNode> sorted{nodes_[0]};
  std::vector<std::uint32_t> came_from{0};
  for (std::uint32_t at = 0; at < sorted.size(); ++at) {
    std::vector<std::uint32_t>& own = children[came_from[at]];
    std::sort(own.begin(), own.end(), heavier);
    sorted[at].first_child = static_cast<std::uint32_t>(sorted.size());
    sorted[at].children = static_cast<std::uint32_t>(own.size());
    for (const std::uint32_t child : own) {
      sorted.push_back(nodes_[child]);
      sorted.back().parent = at;
      came_from.push_back(child);
    }
  }
  for (std::size_t at = sorted.size() - 1; at > 0; --at) sorted[sorted[at].parent].nodes += sorted[at].nodes;
  return sorted;
}

Kind kind_of(const report::ProfileFrame& frame) {
  if (!frame.code) return Kind::missing;
  return frame.library ? Kind::library : Kind::function;
}

}  // namespace

double Flame::share(std::uint32_t node) const {
  return of.total == 0 ? 0 : static_cast<double>(nodes[node].weight) / static_cast<double>(of.total);
}

Flame flame_of(const report::StallProfiles& profiles, SelectedSamples selected, bool loops_and_tasks) {
  Flame flame;
  NameTable names(flame.names);
  names.index_of("all stalls");
  std::vector<std::uint32_t> name_of_frame;
  name_of_frame.reserve(profiles.frames.size());
  for (const report::ProfileFrame& frame : profiles.frames)
    name_of_frame.push_back(names.index_of(frame.name));

  Trie trie;
  for (const SelectedSample& one : selected.samples) {
    const report::Profile& profile = profiles.profiles[one.profile];
    const report::ProfileSample& sample = profile.samples[one.sample];
    std::uint32_t node = 0;
    trie.add(node, one.weight, 1);
    if (loops_and_tasks) {
      node = trie.child(node, names.index_of(profile.name), Kind::loop);
      trie.add(node, one.weight, 1);
    }
    for (std::size_t at = loops_and_tasks ? 0 : 1; at < sample.stack.size(); ++at) {
      const std::uint32_t frame = sample.stack[at];
      const Kind kind = at == 0 ? Kind::task : kind_of(profiles.frames[frame]);
      node = trie.child(node, name_of_frame[frame], kind);
      trie.add(node, one.weight, 1);
      if (profiles.frames[frame].code) trie.add_line(node, frame, one.weight);
    }
    trie.add_self(node, one.weight);
  }
  if (selected.not_sampled > 0) {
    const std::uint32_t missing = trie.child(0, names.index_of("not sampled"), Kind::missing);
    trie.add(0, selected.not_sampled, 0);
    trie.add(missing, selected.not_sampled, 0);
    trie.add_self(missing, selected.not_sampled);
  }
  flame.nodes = trie.sorted(flame.names);
  flame.depth = flame.nodes.back().depth;
  flame.of = std::move(selected);
  flame.of.samples = {};
  return flame;
}

std::vector<std::string> path_of(const Flame& flame, std::uint32_t node) {
  std::vector<std::string> path;
  for (; node != 0 && node < flame.nodes.size(); node = flame.nodes[node].parent)
    path.emplace_back(flame.name(node));
  std::reverse(path.begin(), path.end());
  return path;
}

std::uint32_t follow_path(const Flame& flame, const std::vector<std::string>& path) {
  std::uint32_t at = 0;
  for (const std::string& name : path) {
    const FlameNode& node = flame.nodes[at];
    std::uint32_t next = FlameNode::kNone;
    for (std::uint32_t child = node.first_child; child < node.first_child + node.children; ++child) {
      if (flame.name(child) == name) next = child;
    }
    if (next == FlameNode::kNone) break;
    at = next;
  }
  return at;
}

FlameSearch search_flame(const Flame& flame, std::string_view words) {
  FlameSearch search;
  search.words = words;
  if (words.empty()) return search;
  search.matches.resize(flame.names.size());
  for (std::size_t name = 0; name < flame.names.size(); ++name)
    search.matches[name] = has_word(flame.names[name], words);
  // Whether a match is further down the stack: parents stand before their children.
  std::vector<bool> in_match(flame.nodes.size());
  for (std::uint32_t at = 0; at < flame.nodes.size(); ++at) {
    const FlameNode& node = flame.nodes[at];
    const bool counted = at != 0 && in_match[node.parent];
    // The root is no name of the trace's.
    const bool match = at != 0 && search.is_match(node);
    in_match[at] = counted || match;
    if (match && !counted) search.weight = add_saturating(search.weight, node.weight);
  }
  return search;
}

const FlameBox* FlameLayout::box_at(std::uint32_t row, double x) const {
  const auto before = [&](const FlameBox& box, double place) {
    return box.depth != row ? box.depth < row : box.x + box.width <= place;
  };
  const auto found = std::lower_bound(boxes.begin(), boxes.end(), x, before);
  if (found == boxes.end() || found->depth != row || x < found->x || x >= found->x + found->width)
    return nullptr;
  return &*found;
}

FlameLayout lay_out(const Flame& flame, std::uint32_t focus, double pixels) {
  FlameLayout layout;
  if (flame.empty() || !(pixels > 0)) return layout;
  if (focus >= flame.nodes.size() || flame.nodes[focus].weight <= 0) focus = 0;
  std::vector<std::uint32_t> around;
  for (std::uint32_t node = focus; node != 0;) around.push_back(node = flame.nodes[node].parent);
  // A deep stack must leave room for what is in focus.
  if (around.size() > FlameLayout::kMostBoxes / 2) around.resize(FlameLayout::kMostBoxes / 2);
  for (const std::uint32_t node : around) layout.boxes.push_back({node, flame.nodes[node].depth, 0, 1, true});

  const double least = 0.5 / pixels;
  const auto narrower = [](const FlameBox& a, const FlameBox& b) {
    return a.width != b.width ? a.width < b.width : a.node > b.node;
  };
  std::priority_queue<FlameBox, std::vector<FlameBox>, decltype(narrower)> open(narrower);
  open.push({focus, flame.nodes[focus].depth, 0, 1, false});
  const double whole = static_cast<double>(flame.nodes[focus].weight);
  std::uint64_t shown = 0;
  while (!open.empty() && layout.boxes.size() < FlameLayout::kMostBoxes) {
    const FlameBox box = open.top();
    open.pop();
    layout.boxes.push_back(box);
    layout.depth = std::max(layout.depth, box.depth);
    ++shown;
    const FlameNode& node = flame.nodes[box.node];
    double x = box.x;
    for (std::uint32_t child = node.first_child; child < node.first_child + node.children; ++child) {
      const double width = static_cast<double>(flame.nodes[child].weight) / whole;
      if (width < least) break;  // those behind it are no wider
      open.push({child, box.depth + 1, x, width, false});
      x += width;
    }
  }
  layout.left_out = flame.nodes[focus].nodes - shown;
  std::sort(layout.boxes.begin(), layout.boxes.end(), [](const FlameBox& a, const FlameBox& b) {
    return a.depth != b.depth ? a.depth < b.depth : a.x < b.x;
  });
  return layout;
}

std::string flame_text(const Flame& flame, const report::StallProfiles& profiles) {
  std::string text;
  add_row(text, {"function", "file", "line", "total_ms", "self_ms", "share", "samples"});
  std::vector<std::uint32_t> open;
  if (!flame.empty()) open.push_back(0);
  std::size_t lines = 0;
  while (!open.empty()) {
    const std::uint32_t at = open.back();
    open.pop_back();
    if (++lines > kMostTextLines) {
      add_row(text, {"... and " + std::to_string(flame.nodes.size() - kMostTextLines) + " more"});
      break;
    }
    const FlameNode& node = flame.nodes[at];
    const bool placed = node.frame < profiles.frames.size();
    const std::uint32_t line = placed ? profiles.frames[node.frame].line : 0;
    // What is very deep is told by its order.
    const std::string indent(2 * std::min<std::size_t>(node.depth, 100), ' ');
    add_row(text, {indent + std::string(flame.name(at)), placed ? profiles.frames[node.frame].file : "",
                   line == 0 ? "" : std::to_string(line), ms_text(node.weight), ms_text(node.self),
                   share_text(flame.share(at)), std::to_string(node.samples)});
    for (std::uint32_t child = node.first_child + node.children; child > node.first_child; --child)
      open.push_back(child - 1);
  }
  return text;
}

}  // namespace loopscope::view
