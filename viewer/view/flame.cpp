#include "viewer/view/flame.h"

#include <algorithm>
#include <queue>
#include <unordered_map>
#include <utility>

#include "viewer/view/tab_text.h"
#include "viewer/view/word_match.h"

namespace loopscope::view {
namespace {

using Kind = FlameNode::Kind;

constexpr std::size_t kMostTextLines = 10'000;

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

Kind kind_of(const report::ProfileFrame& frame) {
  if (!frame.code) return Kind::missing;
  return frame.library ? Kind::library : Kind::function;
}

// One sample as a path of names from the root's child to where the thread was.
struct Path {
  const report::ProfileSample* sample;
  Nanos weight;
  std::uint32_t loop;  // its name; kNone if loops and tasks are left out
};

// Samples in the order of their paths: those under one node are neighbours, so that the tree is cut out of them level
// by level, without looking anything up.
class Branches {
 public:
  Branches(const report::StallProfiles& profiles, const std::vector<std::string>& names,
           std::vector<std::uint32_t> name_of_frame, std::vector<Path> paths)
      : profiles_(profiles),
        names_(names),
        name_of_frame_(std::move(name_of_frame)),
        paths_(std::move(paths)),
        weight_of_line_(profiles.frames.size()) {
    std::sort(paths_.begin(), paths_.end(), [&](const Path& a, const Path& b) { return is_before(a, b); });
  }

  // `rest` weighs what no sample stands for, and has a node of that name.
  std::vector<FlameNode> grow(Nanos rest, std::uint32_t name_of_rest);

 private:
  struct Range {
    std::size_t begin;
    std::size_t end;
  };
  struct Branch {
    FlameNode node;
    Range paths;
  };

  static std::size_t skipped(const Path& path) { return path.loop == FlameNode::kNone ? 1 : 0; }
  static std::size_t length(const Path& path) {
    return path.sample->stack.size() - skipped(path) + (path.loop == FlameNode::kNone ? 0 : 1);
  }
  // kNone for a loop.
  static std::uint32_t frame_at(const Path& path, std::size_t step) {
    if (path.loop == FlameNode::kNone) return path.sample->stack[step + 1];
    return step == 0 ? FlameNode::kNone : path.sample->stack[step - 1];
  }
  std::uint32_t name_at(const Path& path, std::size_t step) const {
    const std::uint32_t frame = frame_at(path, step);
    return frame == FlameNode::kNone ? path.loop : name_of_frame_[frame];
  }
  Kind kind_at(const Path& path, std::size_t step) const {
    if (path.loop != FlameNode::kNone && step < 2) return step == 0 ? Kind::loop : Kind::task;
    return kind_of(profiles_.frames[frame_at(path, step)]);
  }
  bool is_before(const Path& a, const Path& b) const {
    const std::size_t both = std::min(length(a), length(b));
    for (std::size_t step = 0; step < both; ++step) {
      const std::uint32_t left = name_at(a, step);
      const std::uint32_t right = name_at(b, step);
      if (left != right) return left < right;
    }
    return length(a) < length(b);
  }

  Branch branch(Range paths, std::uint32_t parent, std::size_t step);
  std::uint32_t heaviest_line(Range paths, std::size_t step);

  const report::StallProfiles& profiles_;
  const std::vector<std::string>& names_;
  std::vector<std::uint32_t> name_of_frame_;
  std::vector<Path> paths_;
  std::vector<Nanos> weight_of_line_;  // by frame; all 0 between two questions
};

// Of equal ones the first.
std::uint32_t Branches::heaviest_line(Range paths, std::size_t step) {
  std::uint32_t heaviest = FlameNode::kNone;
  for (std::size_t at = paths.begin; at < paths.end; ++at) {
    const std::uint32_t frame = frame_at(paths_[at], step);
    if (frame == FlameNode::kNone || !profiles_.frames[frame].code) continue;
    weight_of_line_[frame] = add_saturating(weight_of_line_[frame], paths_[at].weight);
    if (heaviest == FlameNode::kNone || weight_of_line_[frame] > weight_of_line_[heaviest]) heaviest = frame;
  }
  for (std::size_t at = paths.begin; at < paths.end; ++at) {
    if (const std::uint32_t frame = frame_at(paths_[at], step); frame != FlameNode::kNone)
      weight_of_line_[frame] = 0;
  }
  return heaviest;
}

Branches::Branch Branches::branch(Range paths, std::uint32_t parent, std::size_t step) {
  Branch branch{{}, paths};
  FlameNode& node = branch.node;
  node.kind = kind_at(paths_[paths.begin], step);
  node.name = name_at(paths_[paths.begin], step);
  node.frame = heaviest_line(paths, step);
  node.parent = parent;
  node.depth = static_cast<std::uint32_t>(step + 1);
  node.samples = paths.end - paths.begin;
  for (std::size_t at = paths.begin; at < paths.end; ++at) {
    node.weight = add_saturating(node.weight, paths_[at].weight);
    if (length(paths_[at]) == step + 1) node.self = add_saturating(node.self, paths_[at].weight);
  }
  return branch;
}

std::vector<FlameNode> Branches::grow(Nanos rest, std::uint32_t name_of_rest) {
  std::vector<FlameNode> nodes(1);
  std::vector<Range> paths_of{{0, paths_.size()}};
  nodes[0].samples = paths_.size();
  for (const Path& path : paths_) nodes[0].weight = add_saturating(nodes[0].weight, path.weight);
  nodes[0].weight = add_saturating(nodes[0].weight, rest);
  std::vector<Branch> children;
  for (std::uint32_t at = 0; at < nodes.size(); ++at) {
    const std::size_t step = nodes[at].depth;
    children.clear();
    const Range within = paths_of[at];
    std::size_t begin = within.begin;
    while (begin < within.end && length(paths_[begin]) <= step) ++begin;  // they end here
    while (begin < within.end) {
      std::size_t end = begin + 1;
      const std::uint32_t name = name_at(paths_[begin], step);
      while (end < within.end && name_at(paths_[end], step) == name) ++end;
      children.push_back(branch({begin, end}, at, step));
      begin = end;
    }
    if (at == 0 && rest > 0) {
      Branch missing{{}, {paths_.size(), paths_.size()}};
      missing.node.kind = Kind::missing;
      missing.node.name = name_of_rest;
      missing.node.parent = 0;
      missing.node.depth = 1;
      missing.node.weight = missing.node.self = rest;
      children.push_back(missing);
    }
    std::sort(children.begin(), children.end(), [&](const Branch& a, const Branch& b) {
      return a.node.weight != b.node.weight ? a.node.weight > b.node.weight
                                            : names_[a.node.name] < names_[b.node.name];
    });
    nodes[at].first_child = static_cast<std::uint32_t>(nodes.size());
    nodes[at].children = static_cast<std::uint32_t>(children.size());
    for (const Branch& child : children) {
      nodes.push_back(child.node);
      paths_of.push_back(child.paths);
    }
  }
  for (std::size_t at = nodes.size() - 1; at > 0; --at) nodes[nodes[at].parent].nodes += nodes[at].nodes;
  return nodes;
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

  const std::uint32_t not_sampled = names.index_of("not sampled");
  std::vector<Path> paths;
  paths.reserve(selected.samples.size());
  for (const SelectedSample& one : selected.samples) {
    const report::Profile& profile = profiles.profiles[one.profile];
    const std::uint32_t loop = loops_and_tasks ? names.index_of(profile.name) : FlameNode::kNone;
    paths.push_back({&profile.samples[one.sample], one.weight, loop});
  }
  flame.nodes = Branches(profiles, flame.names, std::move(name_of_frame), std::move(paths))
                    .grow(selected.not_sampled, not_sampled);
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
  if (std::find(search.matches.begin(), search.matches.end(), true) == search.matches.end()) return search;
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
