#include "viewer/detect/await_lists.h"

#include <algorithm>

#include "viewer/detect/overdue.h"
#include "viewer/detect/place.h"

namespace loopscope::detect {

AwaitLists::AwaitLists(const model::Trace& trace) : trace_(trace) {
  const auto is_await = [&](const model::Edge& edge) {
    return edge.kind == model::Edge::Kind::await && edge.from < trace.tasks.size();
  };
  const auto awaits = std::count_if(trace.edges.begin(), trace.edges.end(), is_await);
  if (awaits == 0) return;
  first_.resize(trace.tasks.size() + 1);
  for (const model::Edge& edge : trace.edges) {
    if (is_await(edge)) ++first_[edge.from + 1];
  }
  for (std::size_t task = 1; task < first_.size(); ++task) first_[task] += first_[task - 1];
  edges_.resize(static_cast<std::size_t>(awaits));
  std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
  for (std::size_t at = 0; at < trace.edges.size(); ++at) {
    if (is_await(trace.edges[at])) edges_[next[trace.edges[at].from]++] = static_cast<std::uint32_t>(at);
  }
  // A reader brings them in order.
  const auto earlier = [&](std::uint32_t a, std::uint32_t b) {
    return trace.edges[a].begin < trace.edges[b].begin;
  };
  for (std::size_t task = 0; task + 1 < first_.size(); ++task) {
    const auto begin = edges_.begin() + first_[task];
    const auto end = edges_.begin() + first_[task + 1];
    if (!std::is_sorted(begin, end, earlier)) std::stable_sort(begin, end, earlier);
  }
}

Time AwaitLists::started(model::TaskIndex task) const {
  const auto own = of(task);
  return own.empty() ? trace_.tasks.created(task) : trace_.edges[own.front()].begin;
}

Nanos wait_of(const model::Trace& trace, const model::Edge& edge) {
  return elapsed(edge.begin, std::min(edge.end, trace.end));
}

std::uint32_t await_place(const model::Trace& trace, const SiteGroups& groups, const model::Edge& edge) {
  // A coroutine may have several places, as its start is inlined here and there.
  const bool has_line =
      edge.site != model::kNoSite && edge.site < trace.sites.size() && !trace.sites[edge.site].stack.empty();
  if (has_line) return groups.of(edge.site);
  return edge.from < trace.tasks.size() ? groups.of(trace.tasks.site(edge.from)) : 0;
}

std::vector<model::Frame> await_frame(const model::Trace& trace, const model::Edge& edge) {
  if (edge.site == model::kNoSite || edge.site >= trace.sites.size()) return {};
  const model::Site& site = trace.sites[edge.site];
  if (site.stack.empty() || site.stack.front().line == 0) return {};
  model::Frame frame = site.stack.front();
  const bool is_named = !frame.function.empty();
  if (!is_named && edge.from < trace.tasks.size() && trace.tasks.site(edge.from) < trace.sites.size()) {
    const model::Frame* const waiter = shown_frame(trace.sites[trace.tasks.site(edge.from)]);
    if (waiter != nullptr) frame.function = waiter->function;
  }
  return {frame};
}

}  // namespace loopscope::detect
