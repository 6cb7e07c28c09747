#include "viewer/view/site_map.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/detect/site_groups.h"
#include "viewer/report/summary.h"
#include "viewer/view/map_layout.h"
#include "viewer/view/tab_text.h"

namespace loopscope::view {
namespace {

using detect::SiteGroup;
using detect::SiteGroups;
using Place = std::uint32_t;  // into SiteGroups

constexpr float kLargestRadius = 0.045F;
constexpr float kSmallestRadius = 0.007F;

// How often each pair of places came. Its memory is bounded: of a trace with more pairs than any program has, those
// that come late are counted together.
class PairCounts {
 public:
  PairCounts() : slots_(kFirstSlots) {}

  void add(Place from, Place to) {
    const std::uint64_t key = (std::uint64_t{from} << 32) | to;
    if (key != last_key_ || last_ == nullptr) {
      last_key_ = key;
      last_ = find(key);
    }
    ++(last_ != nullptr ? last_->count : left_out_);
  }
  std::uint64_t left_out() const { return left_out_; }

  template <class Visit>
  void each(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.count > 0) visit(static_cast<Place>(slot.key >> 32), static_cast<Place>(slot.key), slot.count);
    }
  }

 private:
  static constexpr std::size_t kFirstSlots = std::size_t{1} << 10;
  static constexpr std::size_t kMostSlots = std::size_t{1} << 20;
  struct Slot {
    std::uint64_t key = 0;
    std::uint64_t count = 0;  // 0: free
  };

  // Null if there is no room for it. The slot found has to be counted up at once.
  Slot* find(std::uint64_t key) {
    Slot& slot = probe(key);
    if (slot.count > 0) return &slot;
    if (used_ * 4 >= slots_.size() * 3) {
      if (slots_.size() >= kMostSlots) return nullptr;
      grow();
      return find(key);
    }
    ++used_;
    slot.key = key;
    return &slot;
  }
  Slot& probe(std::uint64_t key) {
    const std::size_t mask = slots_.size() - 1;
    // Fibonacci hashing: D. Knuth, The Art of Computer Programming, vol. 3, 6.4.
    std::size_t at = (key * 0x9e37'79b9'7f4a'7c15U) >> 40 & mask;
    while (slots_[at].count > 0 && slots_[at].key != key) at = (at + 1) & mask;
    return slots_[at];
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 4);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.count > 0) probe(slot.key) = slot;
    }
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  std::uint64_t left_out_ = 0;
  std::uint64_t last_key_ = 0;
  Slot* last_ = nullptr;
};

// What only a look at every task tells.
struct Counts {
  std::vector<Nanos> age;  // by place: of its pending tasks, all together
  std::vector<std::uint64_t> without_parent;
  PairCounts created;
  PairCounts awaited;
};

Counts count_tasks(const model::Trace& trace, const SiteGroups& places, const std::stop_token& stop) {
  constexpr model::TaskIndex kTasksBetweenLooks = 1U << 16;
  Counts counts;
  counts.age.resize(places.size());
  counts.without_parent.resize(places.size());
  const model::TaskTable& tasks = trace.tasks;
  for (model::TaskIndex task = 0; task < tasks.size(); ++task) {
    if (task % kTasksBetweenLooks == 0 && stop.stop_requested()) return counts;
    const Place place = places.of(tasks.site(task));
    if (tasks.pending(task)) {
      Nanos& age = counts.age[place];
      age = add_saturating(age, std::max<Nanos>(subtract_saturating(trace.end, tasks.created(task)), 0));
    }
    const model::TaskIndex parent = tasks.parent(task);
    if (parent < tasks.size()) {
      counts.created.add(places.of(tasks.site(parent)), place);
    } else {
      ++counts.without_parent[place];
    }
  }
  for (const model::Edge& edge : trace.edges) {
    if (edge.kind != model::Edge::Kind::await) continue;
    if (edge.from >= tasks.size() || edge.to >= tasks.size()) continue;
    counts.awaited.add(places.of(tasks.site(edge.from)), places.of(tasks.site(edge.to)));
  }
  return counts;
}

std::string directory_of(const std::string& file) {
  const std::size_t slash = file.find_last_of('/');
  return slash == std::string::npos ? "" : slash == 0 ? "/" : file.substr(0, slash);
}

// "boost" of "/usr/include/boost/asio/buffer.hpp": a header library has no module of its own.
std::string header_library(const std::string& file) {
  constexpr std::string_view kInclude = "/include/";
  const std::size_t include = file.rfind(kInclude);
  if (include != std::string::npos) {
    const std::size_t from = include + kInclude.size();
    const std::size_t slash = file.find('/', from);
    if (slash != std::string::npos) return file.substr(from, slash - from);
  }
  return base_name(directory_of(file));
}

// Which group a place belongs to: its name, and whether it is a directory of the program's own source.
std::pair<std::string, bool> group_key(const model::Site& site) {
  const model::Frame* frame = detect::shown_frame(site);
  if (frame == nullptr) return {"place unknown", false};
  const std::string module = base_name(frame->module);
  if (frame->library) {
    const bool shared = module.find(".so") != std::string::npos;
    std::string name = shared || frame->file.empty() ? module : header_library(frame->file);
    return {name.empty() ? "a library" : name, false};
  }
  if (!frame->file.empty()) {
    const std::string directory = directory_of(frame->file);
    return {directory.empty() ? "." : directory, true};
  }
  return {module.empty() ? "module unknown" : module, false};
}

// Directories without what all of them begin with.
void shorten_names(std::vector<MapGroup>& groups) {
  std::optional<std::string> common;  // ends in "/"
  for (const MapGroup& group : groups) {
    if (!group.own) continue;
    const std::string path = group.whole + "/";
    if (!common) {
      common = path;
      continue;
    }
    const auto differ = std::mismatch(common->begin(), common->end(), path.begin(), path.end()).first;
    const auto shared = static_cast<std::size_t>(differ - common->begin());
    const std::size_t slash = common->substr(0, shared).find_last_of('/');
    common = slash == std::string::npos ? "" : common->substr(0, slash + 1);
  }
  for (MapGroup& group : groups) {
    if (!group.own || !common) continue;
    group.name =
        group.whole.size() > common->size() ? group.whole.substr(common->size()) : base_name(group.whole);
    if (group.name.empty()) group.name = group.whole;
  }
}

// What is known of each place before it is decided what becomes a node.
struct Candidate {
  Place place = 0;
  Nanos time_pending = 0;
  std::optional<detect::Severity> worst;
  std::size_t group = 0;

  // Notes do not keep a place from being folded up.
  bool is_accused() const { return worst && *worst != detect::Severity::info; }
};

class Builder {
 public:
  Builder(const Analysis& analysis, const std::stop_token& stop)
      : analysis_(analysis),
        trace_(analysis.trace),
        places_(trace_),
        counts_(count_tasks(trace_, places_, stop)) {}

  SiteMap build() {
    find_candidates();
    find_groups();
    make_nodes();
    count_edges();
    map_.tasks_known_by_sums = report::forgotten_tasks(trace_);
    map_.creations_left_out = counts_.created.left_out() + counts_.awaited.left_out();
    find_depths();
    lay_out(map_);
    return std::move(map_);
  }

 private:
  void find_candidates() {
    std::vector<std::optional<detect::Severity>> worst(places_.size());
    for (const detect::Finding& finding : analysis_.findings) {
      if (finding.site == model::kNoSite || finding.site >= trace_.sites.size()) continue;
      auto& of_place = worst[places_.of(finding.site)];
      of_place = of_place ? std::max(*of_place, finding.severity) : finding.severity;
    }
    for (Place place = 0; place < places_.size(); ++place) {
      const SiteGroup& group = places_[place];
      if (group.created == 0 || group.members.empty() || group.site >= trace_.sites.size()) continue;
      candidates_.push_back({place, add_saturating(group.lifetime_sum, counts_.age[place]), worst[place], 0});
    }
    std::stable_sort(candidates_.begin(), candidates_.end(), [this](const Candidate& a, const Candidate& b) {
      const auto rank = [this](const Candidate& of) {
        return std::make_tuple(of.is_accused(), of.time_pending, places_[of.place].created);
      };
      return rank(a) > rank(b);
    });
  }

  // The largest groups keep their names, the others become one.
  void find_groups() {
    std::map<std::pair<std::string, bool>, std::size_t> known;
    std::vector<MapGroup> all;
    std::vector<bool> accused;
    for (Candidate& candidate : candidates_) {
      auto key = group_key(trace_.sites[places_[candidate.place].site]);
      const auto [found, is_new] = known.try_emplace(key, all.size());
      if (is_new) {
        all.emplace_back();
        accused.push_back(false);
        all.back().name = all.back().whole = key.first;
        all.back().own = key.second;
      }
      candidate.group = found->second;
      MapGroup& group = all[candidate.group];
      group.time_pending = add_saturating(group.time_pending, candidate.time_pending);
      if (candidate.is_accused()) accused[candidate.group] = true;
    }
    std::vector<std::size_t> order(all.size());
    for (std::size_t at = 0; at < order.size(); ++at) order[at] = at;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::make_tuple(bool{accused[a]}, all[a].time_pending) >
             std::make_tuple(bool{accused[b]}, all[b].time_pending);
    });
    const bool too_many = all.size() > SiteMap::kMostGroups;
    const std::size_t kept = too_many ? SiteMap::kMostGroups - 1 : all.size();
    std::vector<std::size_t> becomes(all.size(), kept);
    for (std::size_t at = 0; at < order.size(); ++at) {
      if (at < kept) {
        becomes[order[at]] = at;
        map_.groups.push_back(std::move(all[order[at]]));
        continue;
      }
      if (at == kept) {
        map_.groups.emplace_back();
        map_.groups.back().name = map_.groups.back().whole =
            fmt::format("{} other places", count_text(all.size() - kept));
      }
      Nanos& sum = map_.groups.back().time_pending;
      sum = add_saturating(sum, all[order[at]].time_pending);
    }
    for (Candidate& candidate : candidates_) candidate.group = becomes[candidate.group];
    shorten_names(map_.groups);
  }

  void make_nodes() {
    // A fold for each group has to fit as well.
    const std::size_t alone = SiteMap::kMostNodes - SiteMap::kMostGroups;
    const bool all_fit = candidates_.size() <= SiteMap::kMostNodes;
    std::vector<std::uint32_t> fold(map_.groups.size(), SiteMap::kNoNode);
    node_of_place_.assign(places_.size(), SiteMap::kNoNode);
    for (std::size_t at = 0; at < candidates_.size(); ++at) {
      const Candidate& candidate = candidates_[at];
      std::uint32_t node = static_cast<std::uint32_t>(map_.nodes.size());
      if (all_fit || at < alone) {
        map_.nodes.push_back(node_of(candidate));
      } else if (fold[candidate.group] == SiteMap::kNoNode) {
        fold[candidate.group] = node;
        map_.nodes.push_back(node_of(candidate));
      } else {
        node = fold[candidate.group];
        fold_into(map_.nodes[node], candidate);
      }
      node_of_place_[candidate.place] = node;
    }
    for (MapNode& node : map_.nodes) {
      map_.most_time_pending = std::max(map_.most_time_pending, node.time_pending);
      if (!node.folded) continue;
      node.name = fmt::format("and {} more", count_text(node.places));
      node.place = fmt::format("{} of {}", plural_text(node.places, "small place", "small places"),
                               map_.groups[node.group].name);
      node.kind.clear();
      node.filter.clear();
    }
    for (MapNode& node : map_.nodes) node.radius = radius_of(node.time_pending, map_.most_time_pending);
    map_.node_of_site.assign(trace_.sites.size(), SiteMap::kNoNode);
    for (model::SiteIndex site = 0; site < trace_.sites.size(); ++site) {
      map_.node_of_site[site] = node_of_place_[places_.of(site)];
    }
  }

  MapNode node_of(const Candidate& candidate) const {
    const SiteGroup& group = places_[candidate.place];
    const model::Site& site = trace_.sites[group.site];
    const model::Frame* frame = detect::shown_frame(site);
    MapNode node;
    node.group = static_cast<std::uint32_t>(candidate.group);
    node.site = group.site;
    node.subscription = site.is(model::kSubscription);
    node.worst = candidate.worst;
    node.kind = site.kind;
    node.place = detect::place_text(site);
    node.name = frame != nullptr ? detect::short_function_text(*frame) : site.kind;
    if (node.name.empty()) node.name = "unknown";
    node.filter = frame != nullptr ? site.kind + " " + detect::short_function_text(*frame) : site.kind;
    add_numbers(node, candidate);
    return node;
  }

  void fold_into(MapNode& node, const Candidate& candidate) const {
    node.folded = true;
    ++node.places;
    node.subscription =
        node.subscription && trace_.sites[places_[candidate.place].site].is(model::kSubscription);
    if (candidate.worst) node.worst = node.worst ? std::max(*node.worst, *candidate.worst) : candidate.worst;
    add_numbers(node, candidate);
  }

  void add_numbers(MapNode& node, const Candidate& candidate) const {
    const SiteGroup& group = places_[candidate.place];
    node.created += group.created;
    node.finished += group.finished;
    node.pending += group.pending();
    node.time_pending = add_saturating(node.time_pending, candidate.time_pending);
    node.without_parent += counts_.without_parent[candidate.place];
    for (const model::SiteIndex member : group.members)
      node.run = add_saturating(node.run, trace_.sites[member].run_ns);
  }

  void count_edges() {
    std::map<std::tuple<MapEdge::Kind, std::uint32_t, std::uint32_t>, std::uint64_t> sums;
    const auto sum_up = [&](MapEdge::Kind kind, const PairCounts& pairs) {
      pairs.each([&](Place from, Place to, std::uint64_t count) {
        const std::uint32_t from_node = node_of_place_[from];
        const std::uint32_t to_node = node_of_place_[to];
        if (from_node == SiteMap::kNoNode || to_node == SiteMap::kNoNode) return;
        if (from_node != to_node) {
          sums[{kind, from_node, to_node}] += count;
        } else if (kind == MapEdge::Kind::parent) {
          map_.nodes[to_node].own_children += count;
        }
      });
    };
    sum_up(MapEdge::Kind::parent, counts_.created);
    sum_up(MapEdge::Kind::await, counts_.awaited);
    for (const auto& [edge, count] : sums) {
      map_.edges.push_back({std::get<0>(edge), std::get<1>(edge), std::get<2>(edge), count});
    }
    std::stable_sort(map_.edges.begin(), map_.edges.end(),
                     [](const MapEdge& a, const MapEdge& b) { return a.count > b.count; });
    if (map_.edges.size() > SiteMap::kMostEdges) {
      map_.edges_left_out = map_.edges.size() - SiteMap::kMostEdges;
      map_.edges.resize(SiteMap::kMostEdges);
    }
  }

  // Breadth first from nodes that nobody created; where all that is left are circles, from the one with most tasks
  // without a parent.
  void find_depths() {
    constexpr std::uint32_t kUnseen = std::numeric_limits<std::uint32_t>::max();
    std::vector<std::vector<std::uint32_t>> children(map_.nodes.size());
    std::vector<bool> has_parent(map_.nodes.size());
    for (const MapEdge& edge : map_.edges) {
      if (edge.kind != MapEdge::Kind::parent) continue;
      children[edge.from].push_back(edge.to);
      has_parent[edge.to] = true;
    }
    std::deque<std::uint32_t> next;
    for (std::uint32_t node = 0; node < map_.nodes.size(); ++node) {
      map_.nodes[node].depth = has_parent[node] ? kUnseen : 0;
      if (!has_parent[node]) next.push_back(node);
    }
    while (true) {
      for (; !next.empty(); next.pop_front()) {
        for (const std::uint32_t child : children[next.front()]) {
          if (map_.nodes[child].depth != kUnseen) continue;
          map_.nodes[child].depth = map_.nodes[next.front()].depth + 1;
          next.push_back(child);
        }
      }
      std::uint32_t first = SiteMap::kNoNode;
      for (std::uint32_t node = 0; node < map_.nodes.size(); ++node) {
        if (map_.nodes[node].depth != kUnseen) continue;
        if (first == SiteMap::kNoNode || map_.nodes[node].without_parent > map_.nodes[first].without_parent)
          first = node;
      }
      if (first == SiteMap::kNoNode) return;
      map_.nodes[first].depth = 0;
      next.push_back(first);
    }
  }

  const Analysis& analysis_;
  const model::Trace& trace_;
  const SiteGroups places_;
  const Counts counts_;
  std::vector<Candidate> candidates_;  // most important first
  std::vector<std::uint32_t> node_of_place_;
  SiteMap map_;
};

}  // namespace

SiteMap site_map(const Analysis& analysis, const std::stop_token& stop) {
  return Builder(analysis, stop).build();
}

std::vector<bool> nodes_matching(const SiteMap& map, const std::vector<bool>& dim_sites) {
  std::vector<bool> matching;
  if (dim_sites.empty()) return matching;
  matching.resize(map.nodes.size());
  for (std::size_t site = 0; site < std::min(dim_sites.size(), map.node_of_site.size()); ++site) {
    const std::uint32_t node = map.node_of_site[site];
    if (!dim_sites[site] && node < matching.size()) matching[node] = true;
  }
  return matching;
}

float radius_of(Nanos time_pending, Nanos most) {
  if (most <= 0) return kSmallestRadius;
  const double share = std::clamp(static_cast<double>(time_pending) / static_cast<double>(most), 0.0, 1.0);
  return std::max(kSmallestRadius, kLargestRadius * static_cast<float>(std::sqrt(share)));
}

std::string map_text(const SiteMap& map) {
  std::string text;
  add_row(text, {"place", "kind", "group", "depth", "time_pending_ms", "created", "finished", "pending",
                 "run_ms", "without_parent", "created_by_itself", "finding"});
  for (const MapNode& node : map.nodes) {
    add_row(text, {node.place, node.kind, map.groups[node.group].name, fmt::format("{}", node.depth),
                   ms_text(node.time_pending), fmt::format("{}", node.created),
                   fmt::format("{}", node.finished), fmt::format("{}", node.pending), ms_text(node.run),
                   fmt::format("{}", node.without_parent), fmt::format("{}", node.own_children),
                   node.worst ? std::string(detect::name_of(*node.worst)) : ""});
  }
  text += '\n';
  add_row(text, {"from", "to", "edge", "count"});
  for (const MapEdge& edge : map.edges) {
    add_row(text,
            {map.nodes[edge.from].place, map.nodes[edge.to].place,
             edge.kind == MapEdge::Kind::parent ? "created" : "awaited", fmt::format("{}", edge.count)});
  }
  if (map.edges_left_out > 0) {
    text += '\n';
    add_row(text, {"rarer edges left out", fmt::format("{}", map.edges_left_out)});
  }
  return text;
}

}  // namespace loopscope::view
