#include "viewer/detect/contexts.h"

#include <algorithm>
#include <unordered_map>

#include "viewer/detect/coroutines.h"

namespace loopscope::detect {
namespace {

using model::TaskIndex;

const model::Site* site_of(const model::Trace& trace, TaskIndex task) {
  const model::SiteIndex site = trace.tasks.site(task);
  return site < trace.sites.size() ? &trace.sites[site] : nullptr;
}

}  // namespace

void keep_last_of_each(std::vector<OwnLabel>& own) {
  std::stable_sort(own.begin(), own.end(),
                   [](const OwnLabel& a, const OwnLabel& b) { return a.task < b.task; });
  std::size_t kept = 0;
  for (std::size_t at = 0; at < own.size(); ++at) {
    if (at + 1 == own.size() || own[at + 1].task != own[at].task) own[kept++] = own[at];
  }
  own.resize(kept);
}

Contexts::Contexts(const model::Trace& trace, std::string_view key) {
  const std::vector<OwnLabel> own =
      own_labels(trace, [&](const model::Label& label) { return label.key == key; });
  if (own.empty()) return;
  std::unordered_map<std::string_view, std::uint32_t> known;
  requests_.reserve(own.size());
  for (const OwnLabel& one : own) {
    const std::string& value = trace.labels[one.label].value;
    const auto [found, is_new] = known.try_emplace(value, static_cast<std::uint32_t>(values_.size()));
    if (is_new) values_.push_back(value);
    requests_.push_back({one.task, found->second});
  }
  spread(trace, own);
}

Contexts Contexts::of_task(const model::Trace& trace, TaskIndex task) {
  Contexts contexts;
  if (task >= trace.tasks.size()) return contexts;
  contexts.values_.emplace_back();
  contexts.requests_.push_back({task, 0});
  const std::vector<OwnLabel> own{{task, 0}};
  contexts.spread(trace, own);
  return contexts;
}

void Contexts::spread(const model::Trace& trace, std::span<const OwnLabel> own) {
  request_of_.assign(trace.tasks.size(), kNone);
  hand_down(trace, own, [&](TaskIndex task, const OwnLabel* says, TaskIndex parent) {
    if (says != nullptr) {
      request_of_[task] = static_cast<std::uint32_t>(says - own.data());
    } else if (parent != model::kNoTask) {
      request_of_[task] = request_of_[parent];
    }
    return true;
  });
}

bool ended_before(const model::TaskTable& tasks, TaskIndex child, TaskIndex parent) {
  if (tasks.pending(child)) return false;
  if (tasks.finished(child) <= tasks.finished(parent)) return true;
  return subtract_saturating(tasks.finished(child), tasks.finished(parent)) < tasks.run_ns(child);
}

bool ends_with_a_result(const model::Trace& trace, TaskIndex task) {
  const model::Site* const site = site_of(trace, task);
  return site != nullptr && !site->is(model::kSubscription) && !site->is(model::kInternal) &&
         !site->is(model::kTeardown);
}

std::vector<RequestTimes> request_times(const model::Trace& trace, const Contexts& contexts) {
  const model::TaskTable& tasks = trace.tasks;
  const std::span<const Request> requests = contexts.requests();
  // Whether the request's own task is known to have waited for what it started, and the last end below it.
  struct Below {
    bool awaits = false;
    bool any_child = false;
    Time last = std::numeric_limits<Time>::min();
    TaskIndex last_task = model::kNoTask;
  };
  std::vector<Below> below(requests.size());
  for (TaskIndex task = 0; task < tasks.size(); ++task) {
    const std::uint32_t request = contexts.request_of(task);
    if (request == Contexts::kNone) continue;
    const TaskIndex root = requests[request].task;
    if (task == root || !ends_with_a_result(trace, task)) continue;
    Below& of = below[request];
    const Time finished = tasks.finished(task);
    if (tasks.parent(task) == root && !site_of(trace, task)->is(model::kSynchronous)) {
      of.any_child = true;
      of.awaits = of.awaits || ended_before(tasks, task, root);
    }
    const model::Outcome outcome = tasks.outcome(task);
    if (outcome != model::Outcome::ok && outcome != model::Outcome::error) continue;
    if (finished > of.last) of.last = finished, of.last_task = task;
  }
  for (const model::Edge& edge : trace.edges) {
    const std::uint32_t request = contexts.request_of(edge.from);
    if (edge.kind == model::Edge::Kind::await && request != Contexts::kNone &&
        requests[request].task == edge.from)
      below[request].awaits = true;
  }

  std::vector<RequestTimes> times(requests.size());
  for (std::size_t at = 0; at < requests.size(); ++at) {
    const TaskIndex root = requests[at].task;
    const Below& of = below[at];
    RequestTimes& one = times[at];
    one.begin = tasks.created(root);
    one.finished = !tasks.pending(root);
    one.last = root;
    one.end = one.finished ? tasks.finished(root) : trace.end;
    const bool goes_on = one.finished && of.any_child && !of.awaits && of.last > one.end &&
                         site_of(trace, root) != nullptr && site_of(trace, root)->kind != kCoroutine;
    if (goes_on) {
      one.end = of.last;
      one.last = of.last_task;
    }
    one.end = std::max(one.end, one.begin);
    one.failed =
        tasks.outcome(root) == model::Outcome::error || tasks.outcome(one.last) == model::Outcome::error;
  }
  return times;
}

std::vector<std::string> context_keys(const model::Trace& trace) {
  std::unordered_map<std::string_view, std::uint64_t> count;
  for (const model::Label& label : trace.labels) ++count[label.key];
  std::vector<std::pair<std::string_view, std::uint64_t>> order(count.begin(), count.end());
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  std::vector<std::string> keys;
  for (const auto& [key, labels] : order) keys.emplace_back(key);
  return keys;
}

}  // namespace loopscope::detect
