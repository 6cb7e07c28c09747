#include "viewer/view/map_layout.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <tuple>
#include <vector>

namespace loopscope::view {
namespace {

// At the scale of 1, in widths of the map. A panel of 900 pixels has 90 of them for a label then.
constexpr float kLabelWidth = 0.1F;
constexpr float kLabelHeight = 0.026F;
constexpr float kGap = 0.012F;
constexpr float kBetweenColumns = 0.03F;  // within a box: room for an arrow
constexpr float kBetweenBoxes = 0.03F;
constexpr float kPadding = 0.012F;
constexpr float kTitle = 0.03F;
// Few places are drawn larger, but not as large as the picture.
constexpr float kLargestScale = 1.4F;
// No further apart, however few there are: what belongs together is to be seen together.
constexpr float kFurthestApart = 0.16F;
// Heights at which columns break, in those of the picture; the one that needs the least shrinking is taken.
constexpr std::array<float, 11> kBreaks{0.5F, 0.7F, 0.85F, 1, 1.2F, 1.5F, 1.9F, 2.4F, 3.2F, 4.5F, 7};

float cell_width(const MapNode& node) { return std::max(2 * node.radius, kLabelWidth); }
float cell_height(const MapNode& node) { return 2 * node.radius + kLabelHeight; }

// The places of one group, relative to its corner.
struct Box {
  struct Spot {
    std::size_t node = 0;
    float x = 0;
    float y = 0;
    float room = 0;  // of its column, across
  };
  std::size_t group = 0;
  std::vector<Spot> spots;
  float width = 0;
  float height = 0;
};

Box fill_box(const SiteMap& map, std::size_t group, const std::vector<std::size_t>& nodes, float tallest) {
  Box box;
  box.group = group;
  float left = kPadding;
  float y = kTitle;
  float widest = 0;
  std::size_t column_begin = 0;
  const auto end_column = [&] {
    for (std::size_t at = column_begin; at < box.spots.size(); ++at) {
      box.spots[at].x = left + widest / 2;
      box.spots[at].room = widest;
    }
    box.height = std::max(box.height, y);
    left += widest + kBetweenColumns;
    column_begin = box.spots.size();
    y = kTitle;
    widest = 0;
  };
  for (std::size_t at = 0; at < nodes.size(); ++at) {
    const MapNode& node = map.nodes[nodes[at]];
    const bool deeper = at > 0 && map.nodes[nodes[at - 1]].depth != node.depth;
    const bool full = y > kTitle && y + cell_height(node) > tallest;
    if (deeper || full) end_column();
    box.spots.push_back({nodes[at], 0, y + node.radius, 0});
    y += cell_height(node) + kGap;
    widest = std::max(widest, cell_width(node));
  }
  end_column();
  box.width = left - kBetweenColumns + kPadding;
  return box;
}

struct Column {
  std::vector<Box> boxes;
  float width = 0;
  float height = 0;  // with the gaps between its boxes
};

struct Picture {
  std::vector<Column> columns;
  float width = 0;
  float height = 0;
  float scale = 0;
};

Picture arrange(const SiteMap& map, const std::vector<std::vector<std::size_t>>& nodes_of_group,
                const std::vector<std::size_t>& order, float tallest) {
  Picture picture;
  for (const std::size_t group : order) {
    Box box = fill_box(map, group, nodes_of_group[group], tallest);
    if (picture.columns.empty() || picture.columns.back().height + kBetweenBoxes + box.height > tallest) {
      picture.columns.emplace_back();
    }
    Column& column = picture.columns.back();
    column.height += box.height + (column.boxes.empty() ? 0 : kBetweenBoxes);
    column.width = std::max(column.width, box.width);
    column.boxes.push_back(std::move(box));
  }
  for (const Column& column : picture.columns) {
    picture.width += column.width + (picture.width > 0 ? kBetweenBoxes : 0);
    picture.height = std::max(picture.height, column.height);
  }
  picture.scale = std::min({kLargestScale, 1 / std::max(picture.width, 1e-6F),
                            SiteMap::kHeight / std::max(picture.height, 1e-6F)});
  return picture;
}

// What is left of a length, shared out between things and at both ends.
struct Spread {
  Spread(float room, float used, std::size_t things) {
    const float left_over = std::max(0.0F, room - used);
    between = std::min(left_over / static_cast<float>(things + 1), kFurthestApart);
    before = (left_over - between * static_cast<float>(things - 1)) / 2;
  }
  float before = 0;
  float between = 0;
};

void place(SiteMap& map, const Picture& picture) {
  const float scale = picture.scale;
  const Spread across(1, picture.width * scale, picture.columns.size());
  float left = across.before;
  for (const Column& column : picture.columns) {
    const Spread down(SiteMap::kHeight, column.height * scale, column.boxes.size());
    float top = down.before;
    for (const Box& box : column.boxes) {
      MapGroup& group = map.groups[box.group];
      group.left = left;
      group.top = top;
      group.right = left + box.width * scale;
      group.bottom = top + box.height * scale;
      for (const Box::Spot& spot : box.spots) {
        MapNode& node = map.nodes[spot.node];
        node.x = left + spot.x * scale;
        node.y = top + spot.y * scale;
        node.label_width = (spot.room + kBetweenColumns / 2) * scale;
      }
      top = group.bottom + kBetweenBoxes * scale + down.between;
    }
    left += (column.width + kBetweenBoxes) * scale + across.between;
  }
  for (MapNode& node : map.nodes) node.radius *= scale;
}

}  // namespace

void lay_out(SiteMap& map) {
  if (map.nodes.empty()) return;
  std::vector<std::vector<std::size_t>> nodes_of_group(map.groups.size());
  for (std::size_t node = 0; node < map.nodes.size(); ++node)
    nodes_of_group[map.nodes[node].group].push_back(node);
  std::vector<std::size_t> order;
  std::vector<double> depth(map.groups.size());
  for (std::size_t group = 0; group < map.groups.size(); ++group) {
    std::vector<std::size_t>& nodes = nodes_of_group[group];
    if (nodes.empty()) continue;
    order.push_back(group);
    for (const std::size_t node : nodes) depth[group] += map.nodes[node].depth;
    depth[group] /= static_cast<double>(nodes.size());
    std::stable_sort(nodes.begin(), nodes.end(),
                     [&](std::size_t a, std::size_t b) { return map.nodes[a].depth < map.nodes[b].depth; });
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return depth[a] < depth[b]; });

  Picture best;
  for (const float tallest : kBreaks) {
    Picture picture = arrange(map, nodes_of_group, order, tallest * SiteMap::kHeight);
    if (picture.scale > best.scale) best = std::move(picture);
  }
  place(map, best);
}

}  // namespace loopscope::view
