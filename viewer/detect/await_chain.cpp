#include "viewer/detect/await_chain.h"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

#include "viewer/detect/awaited_operation.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/place.h"

namespace loopscope::detect {
namespace {

using model::TaskIndex;

const model::Site* site_of(const model::Trace& trace, TaskIndex task) {
  if (task >= trace.tasks.size() || trace.tasks.site(task) >= trace.sites.size()) return nullptr;
  return &trace.sites[trace.tasks.site(task)];
}

// "async_wait" of "asio::basic_waitable_timer<...>::async_wait<...>(...)".
std::string bare_name(const model::Frame& frame) {
  std::string text = short_function_text(frame);
  std::size_t depth = 0;
  std::size_t from = 0;
  std::string name;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '<') {
      if (depth++ == 0) name = text.substr(from, at - from);
    } else if (text[at] == '>' && depth > 0) {
      --depth;
      from = at + 1;
    } else if (depth == 0 && (text[at] == ':' || text[at] == ' ')) {
      from = at + 1;
    }
  }
  return from < text.size() ? text.substr(from) : name;
}

// Of a library's own coroutine between an operation and who waits for it.
std::string operation_of(const model::Site& site) {
  const model::Frame* const operation = operation_frame(site);
  return operation == nullptr ? "" : bare_name(*operation);
}

}  // namespace

model::Frame await_frame(const model::Trace& trace, TaskIndex task, const model::Edge* edge) {
  model::Frame at;
  if (const model::Site* const site = site_of(trace, task)) {
    if (const model::Frame* const shown = shown_frame(*site)) at = *shown;
  }
  if (edge == nullptr || edge->site == model::kNoSite || edge->site >= trace.sites.size()) return at;
  const model::Site& from = trace.sites[edge->site];
  if (from.stack.empty() || from.stack.front().line == 0) return at;
  at.file = from.stack.front().file;
  at.line = from.stack.front().line;
  if (at.function.empty()) at.function = from.stack.front().function;
  return at;
}

PendingAwaits::PendingAwaits(const model::Trace& trace) : trace_(trace) {
  const auto is_pending = [&](TaskIndex task) {
    return task < trace.tasks.size() && trace.tasks.pending(task);
  };
  for (std::size_t at = 0; at < trace.edges.size(); ++at) {
    const model::Edge& edge = trace.edges[at];
    if (edge.kind != model::Edge::Kind::await || edge.end != kNever || !is_pending(edge.from)) continue;
    // Whom it waits for has finished: that is not what holds it up, and a trace read as a stream has forgotten it.
    if (edge.to != model::kNoTask && !is_pending(edge.to)) continue;
    by_waiter_[edge.from].push_back(static_cast<std::uint32_t>(at));
  }
  // A task waits in one place at a time: an earlier await from another one was left open by an awaited task that its
  // waiter did not wait for any longer.
  for (auto& [waiter, edges] : by_waiter_) {
    const auto latest = std::max_element(edges.begin(), edges.end(), [&](std::uint32_t a, std::uint32_t b) {
      return trace.edges[a].begin < trace.edges[b].begin;
    });
    const model::SiteIndex site = trace.edges[*latest].site;
    std::erase_if(edges, [&](std::uint32_t at) { return trace.edges[at].site != site; });
    // Tasks first: of what is none there is nothing more to say.
    std::stable_partition(edges.begin(), edges.end(),
                          [&](std::uint32_t at) { return is_pending(trace.edges[at].to); });
    for (const std::uint32_t at : edges) {
      if (is_pending(trace.edges[at].to)) by_awaited_[trace.edges[at].to].push_back(at);
    }
  }
}

std::size_t PendingAwaits::waiters(TaskIndex task) const {
  const auto found = by_awaited_.find(task);
  return found == by_awaited_.end() ? 0 : found->second.size();
}

void PendingAwaits::add_step(AwaitChain& chain, TaskIndex task, const model::Edge* edge) const {
  chain.steps.push_back({task, await_frame(trace_, task, edge)});
}

AwaitChain PendingAwaits::from(TaskIndex task) const {
  AwaitChain chain;
  if (task >= trace_.tasks.size()) return chain;
  chain.oldest = elapsed(trace_.tasks.created(task), trace_.end);
  while (chain.steps.size() < AwaitChain::kMostSteps) {
    const auto found = by_waiter_.find(task);
    if (found == by_waiter_.end()) {
      add_step(chain, task, nullptr);
      return chain;
    }
    const model::Edge& edge = trace_.edges[found->second.front()];
    // What a library puts around the program's own coroutines is no news.
    const model::Site* const own = site_of(trace_, task);
    const bool passes_on = chain.steps.empty() && own != nullptr && own->is(model::kInternal) &&
                           edge.to < trace_.tasks.size() && trace_.tasks.pending(edge.to);
    if (!passes_on) add_step(chain, task, &edge);
    if (edge.site < trace_.sites.size()) chain.waits_for = trace_.sites[edge.site].name;
    const model::Site* const awaited = site_of(trace_, edge.to);
    if (awaited == nullptr) return chain;
    const auto is_pending = [&](std::uint32_t at) {
      const TaskIndex to = trace_.edges[at].to;
      return to < trace_.tasks.size() && trace_.tasks.pending(to);
    };
    chain.more +=
        static_cast<std::uint64_t>(std::count_if(found->second.begin() + 1, found->second.end(), is_pending));
    if (awaited->is(model::kInternal)) {
      if (const std::string operation = operation_of(*awaited); !operation.empty())
        chain.waits_for = operation;
      return chain;
    }
    const auto met = std::find_if(chain.steps.begin(), chain.steps.end(),
                                  [&](const AwaitStep& step) { return step.task == edge.to; });
    if (met != chain.steps.end()) {
      chain.cycle = true;
      chain.cycle_to = static_cast<std::size_t>(met - chain.steps.begin());
      chain.waits_for.clear();
      return chain;
    }
    chain.waits_for.clear();
    task = edge.to;
  }
  return chain;
}

TaskIndex PendingAwaits::root_of(TaskIndex task) const {
  std::vector<TaskIndex> passed;
  while (passed.size() < AwaitChain::kMostSteps) {
    const auto found = by_awaited_.find(task);
    if (found == by_awaited_.end()) return task;
    passed.push_back(task);
    const TaskIndex waiter = trace_.edges[found->second.front()].from;
    if (std::find(passed.begin(), passed.end(), waiter) != passed.end()) return task;  // round in a circle
    task = waiter;
  }
  return task;
}

AwaitChain PendingAwaits::through(TaskIndex task) const {
  AwaitChain chain = from(root_of(task));
  const bool is_in = std::any_of(chain.steps.begin(), chain.steps.end(),
                                 [&](const AwaitStep& step) { return step.task == task; });
  // Its waiter waits for several, of which it is not the first.
  return is_in ? chain : from(task);
}

std::vector<AwaitChain> PendingAwaits::all() const {
  std::vector<TaskIndex> waiters;
  for (const auto& [waiter, edges] : by_waiter_) waiters.push_back(waiter);
  std::sort(waiters.begin(), waiters.end());
  // Alike: the same lines wait for the same things.
  std::map<std::vector<std::string>, std::size_t> known;
  std::vector<AwaitChain> chains;
  std::unordered_set<TaskIndex> in_cycles;
  const auto add = [&](AwaitChain chain) {
    std::vector<std::string> key;
    for (const AwaitStep& step : chain.steps)
      key.push_back(function_text(step.at) + '\0' + position_text(step.at));
    key.push_back(chain.waits_for);
    key.emplace_back(chain.cycle ? "cycle" : "");
    const auto [found, is_new] = known.try_emplace(std::move(key), chains.size());
    if (is_new) {
      chains.push_back(std::move(chain));
      return;
    }
    AwaitChain& like = chains[found->second];
    ++like.count;
    like.oldest = std::max(like.oldest, chain.oldest);
    like.more += chain.more;
  };
  for (const TaskIndex waiter : waiters) {
    if (!by_awaited_.contains(waiter)) {
      add(from(waiter));
    } else if (in_cycles.contains(waiter)) {
      continue;
    } else if (AwaitChain chain = from(waiter); chain.cycle && chain.cycle_to == 0) {
      for (const AwaitStep& step : chain.steps) in_cycles.insert(step.task);
      add(std::move(chain));
    }
  }
  std::stable_sort(chains.begin(), chains.end(), [](const AwaitChain& a, const AwaitChain& b) {
    if (a.cycle != b.cycle) return a.cycle;
    return a.count != b.count ? a.count > b.count : a.oldest > b.oldest;
  });
  return chains;
}

}  // namespace loopscope::detect
