#include "viewer/report/svg_flame.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/report/html_parts.h"
#include "viewer/report/markup.h"

namespace loopscope::report {
namespace {

constexpr std::size_t kRow = 20;             // pixels
constexpr std::size_t kMostDepth = 80;       // rows of the picture
constexpr double kNarrowest = 1.0 / 1500;    // of the whole: less than a pixel of a wide screen
constexpr std::size_t kTextCharacters = 80;  // more never fit into a box
constexpr std::size_t kTitleCharacters = 200;

struct Node {
  std::string name;
  const char* kind = "fn";
  Nanos weight = 0;
  std::map<std::string, std::size_t> children;  // by name, into the tree
};

class Tree {
 public:
  explicit Tree(const StallProfiles& profiles) : nodes_(1) {
    nodes_[0].name = "all stalls that were sampled";
    nodes_[0].kind = "lp";
    for (const Profile& profile : profiles.profiles) {
      for (const ProfileSample& sample : profile.samples) {
        std::size_t at = 0;
        add_weight(at, sample.weight);
        at = child(at, profile.name, "lp");
        add_weight(at, sample.weight);
        for (const std::uint32_t index : sample.stack) {
          const ProfileFrame& frame = profiles.frames[index];
          at = child(at, frame.name, !frame.code ? "tk" : frame.library ? "lib" : "fn");
          add_weight(at, sample.weight);
        }
      }
    }
  }

  const Node& operator[](std::size_t at) const { return nodes_[at]; }
  std::size_t size() const { return nodes_.size(); }

  // Heaviest first.
  std::vector<std::size_t> children_of(std::size_t at) const {
    std::vector<std::size_t> order;
    for (const auto& [name, index] : nodes_[at].children) order.push_back(index);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return nodes_[a].weight > nodes_[b].weight; });
    return order;
  }

 private:
  void add_weight(std::size_t at, Nanos weight) {
    nodes_[at].weight = add_saturating(nodes_[at].weight, weight);
  }
  std::size_t child(std::size_t at, const std::string& name, const char* kind) {
    const auto [found, is_new] = nodes_[at].children.try_emplace(name, nodes_.size());
    const std::size_t index = found->second;
    if (is_new) {
      nodes_.emplace_back();
      nodes_.back().name = name;
      nodes_.back().kind = kind;
    }
    return index;
  }

  std::vector<Node> nodes_;
};

class Drawing {
 public:
  Drawing(const Tree& tree, std::size_t bytes)
      : tree_(tree), total_(static_cast<double>(std::max<Nanos>(tree[0].weight, 1))), room_(bytes) {}

  // Level by level, so that a picture without room for all of it lacks its tips, not its right side.
  void draw() {
    std::vector<std::pair<std::size_t, double>> level{{0, 0.0}};
    while (!level.empty() && depth_ < kMostDepth) {
      std::vector<std::pair<std::size_t, double>> next;
      bool any = false;
      for (const auto& [node, x] : level) {
        if (!draw(node, x)) continue;
        any = true;
        double child_x = x;
        for (const std::size_t child : tree_.children_of(node)) {
          next.emplace_back(child, child_x);
          child_x += static_cast<double>(tree_[child].weight) / total_;
        }
      }
      depth_ += any;
      level = std::move(next);
    }
  }

  std::size_t boxes() const { return boxes_; }
  std::string svg() const {
    return fmt::format(
        "<svg class=\"flame\" width=\"100%\" height=\"{}\" role=\"img\" aria-label=\"flame graph of the "
        "stacks "
        "sampled in stalls; the table of lines has the same in words\">\n{}</svg>\n",
        depth_ * kRow, boxes_svg_);
  }

 private:
  bool draw(std::size_t index, double x) {
    const Node& node = tree_[index];
    const double width = static_cast<double>(node.weight) / total_;
    if (width < kNarrowest) return false;
    const std::string title = fmt::format("{}: {} ({})", escaped(node.name, kTitleCharacters),
                                          duration_text(node.weight), percent_text(width));
    // A nested svg cuts what does not fit into its box.
    const std::string box = fmt::format(
        "<svg class=\"{}\" x=\"{:.3f}%\" y=\"{}\" width=\"{:.3f}%\" height=\"{}\"><title>{}</title>"
        "<rect width=\"100%\" height=\"100%\"/>{}</svg>\n",
        node.kind, 100 * x, depth_ * kRow, 100 * width, kRow - 1, title,
        "<text x=\"4\" y=\"14\">" + escaped(node.name, kTextCharacters) + "</text>");
    if (!room_.add(boxes_svg_, box)) return false;
    ++boxes_;
    return true;
  }

  const Tree& tree_;
  double total_;
  Room room_;
  std::string boxes_svg_;
  std::size_t depth_ = 0;
  std::size_t boxes_ = 0;
};

}  // namespace

FlameSvg flame_svg(const StallProfiles& profiles, std::size_t bytes) {
  FlameSvg flame;
  if (profiles.profiles.empty()) return flame;
  const Tree tree(profiles);
  Drawing drawing(tree, bytes);
  drawing.draw();
  flame.svg = drawing.svg();
  flame.boxes = drawing.boxes();
  flame.left_out = tree.size() - drawing.boxes();
  flame.total = tree[0].weight;
  return flame;
}

}  // namespace loopscope::report
