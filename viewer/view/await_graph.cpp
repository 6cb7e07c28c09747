#include "viewer/view/await_graph.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace loopscope::view {
namespace {

bool open_at(const model::Edge& edge, Time now) { return edge.begin <= now && edge.end > now; }

class Drawing {
 public:
  Drawing(const model::Trace& trace, const TaskNotes& notes, Time now)
      : trace_(trace), notes_(notes), now_(now) {}

  AwaitGraph run(model::TaskIndex task) {
    add(task, 0);
    spread(Note::waits_for, 1);
    spread(Note::waited_by, -1);
    connect();
    mark_cycles();
    for (const AwaitNode& node : graph_.nodes) {
      graph_.first_layer = std::min(graph_.first_layer, node.layer);
      graph_.last_layer = std::max(graph_.last_layer, node.layer);
      graph_.cut = graph_.cut || node.unshown != 0;
    }
    for (const auto& [layer, rows] : rows_of_layer_) graph_.most_rows = std::max(graph_.most_rows, rows);
    return std::move(graph_);
  }

 private:
  struct Neighbour {
    model::TaskIndex task;
    bool open;
    Time begin;
  };

  void add(model::TaskIndex task, int layer) {
    node_of_.emplace(task, graph_.nodes.size());
    graph_.nodes.push_back({task, layer, rows_of_layer_[layer]++, false, 0});
  }

  bool step() {
    if (graph_.steps == kMostAwaitSteps) {
      graph_.cut = true;
      return false;
    }
    ++graph_.steps;
    return true;
  }

  // Each once, the most telling first.
  std::vector<Neighbour> neighbours(Note note, model::TaskIndex task) {
    std::unordered_map<model::TaskIndex, Neighbour> met;
    const auto entries = notes_.of_task(note, task);
    // From the latest on, in case that there are more than can be looked at.
    for (auto entry = entries.rbegin(); entry != entries.rend() && step(); ++entry) {
      const model::Edge& edge = trace_.edges[entry->at];
      if (edge.begin > now_) continue;
      const model::TaskIndex other = note == Note::waits_for ? edge.to : edge.from;
      const auto [found, is_new] = met.try_emplace(other, Neighbour{other, open_at(edge, now_), edge.begin});
      if (is_new) continue;
      found->second.open = found->second.open || open_at(edge, now_);
      found->second.begin = std::max(found->second.begin, edge.begin);
    }
    std::vector<Neighbour> all;
    all.reserve(met.size());
    for (const auto& [other, neighbour] : met) all.push_back(neighbour);
    std::sort(all.begin(), all.end(), [](const Neighbour& a, const Neighbour& b) {
      if (a.open != b.open) return a.open;
      return a.begin != b.begin ? a.begin > b.begin : a.task < b.task;
    });
    return all;
  }

  void spread(Note note, int direction) {
    std::vector<std::size_t> layer{0};
    for (int depth = 1; depth <= kMostAwaitLayers && !layer.empty(); ++depth) {
      const int next = depth * direction;
      std::vector<std::size_t> further;
      for (const std::size_t at : layer) {
        for (const Neighbour& neighbour : neighbours(note, graph_.nodes[at].task)) {
          if (node_of_.contains(neighbour.task)) continue;
          if (rows_of_layer_[next] >= kMostAwaitRows) {
            ++graph_.nodes[at].unshown;
            continue;
          }
          further.push_back(graph_.nodes.size());
          add(neighbour.task, next);
        }
      }
      layer = std::move(further);
    }
    // What lies behind the last layer.
    for (const std::size_t at : layer) {
      for (const Neighbour& neighbour : neighbours(note, graph_.nodes[at].task)) {
        if (!node_of_.contains(neighbour.task)) ++graph_.nodes[at].unshown;
      }
    }
  }

  // All waits between tasks of the picture, those across layers and back too.
  void connect() {
    for (std::size_t from = 0; from < graph_.nodes.size(); ++from) {
      std::map<std::size_t, AwaitArrow> arrows;
      const auto entries = notes_.of_task(Note::waits_for, graph_.nodes[from].task);
      for (auto entry = entries.rbegin(); entry != entries.rend() && step(); ++entry) {
        const model::Edge& edge = trace_.edges[entry->at];
        const auto to = node_of_.find(edge.to);
        if (edge.begin > now_ || to == node_of_.end()) continue;
        const auto [found, is_new] = arrows.try_emplace(
            to->second, AwaitArrow{from, to->second, 0, edge.begin, edge.end, false, false});
        AwaitArrow& arrow = found->second;
        ++arrow.times;
        arrow.open = arrow.open || open_at(edge, now_);
        if (!is_new && edge.begin > arrow.begin) {
          arrow.begin = edge.begin;
          arrow.end = edge.end;
        }
      }
      for (const auto& [to, arrow] : arrows) graph_.arrows.push_back(arrow);
    }
    if (graph_.arrows.size() <= kMostAwaitArrows) return;
    std::stable_partition(graph_.arrows.begin(), graph_.arrows.end(),
                          [](const AwaitArrow& arrow) { return arrow.open; });
    graph_.arrows.resize(kMostAwaitArrows);
    graph_.cut = true;
  }

  // A wait that is over holds nobody: only open ones make a cycle. The picture is so small that reachability is
  // found by going there from each node.
  void mark_cycles() {
    std::vector<std::vector<std::size_t>> open(graph_.nodes.size());
    for (const AwaitArrow& arrow : graph_.arrows) {
      if (arrow.open) open[arrow.from].push_back(arrow.to);
    }
    const auto reached_from = [&](std::size_t start) {
      std::vector<bool> reached(graph_.nodes.size());
      std::vector<std::size_t> next = open[start];
      while (!next.empty()) {
        const std::size_t at = next.back();
        next.pop_back();
        if (reached[at]) continue;
        reached[at] = true;
        next.insert(next.end(), open[at].begin(), open[at].end());
      }
      return reached;
    };
    std::vector<std::vector<bool>> reached;
    reached.reserve(graph_.nodes.size());
    for (std::size_t at = 0; at < graph_.nodes.size(); ++at) reached.push_back(reached_from(at));
    for (std::size_t at = 0; at < graph_.nodes.size(); ++at) graph_.nodes[at].in_cycle = reached[at][at];
    for (AwaitArrow& arrow : graph_.arrows) {
      arrow.in_cycle = arrow.open && (arrow.from == arrow.to || reached[arrow.to][arrow.from]);
    }
  }

  const model::Trace& trace_;
  const TaskNotes& notes_;
  Time now_;
  AwaitGraph graph_;
  std::unordered_map<model::TaskIndex, std::size_t> node_of_;
  std::map<int, std::uint32_t> rows_of_layer_;
};

}  // namespace

AwaitGraph await_graph(const model::Trace& trace, const TaskNotes& notes, model::TaskIndex task, Time now) {
  if (task >= trace.tasks.size()) return {};
  return Drawing(trace, notes, now).run(task);
}

}  // namespace loopscope::view
