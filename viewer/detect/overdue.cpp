#include "viewer/detect/overdue.h"

#include <algorithm>
#include <unordered_map>

#include "viewer/base/histogram.h"

namespace loopscope::detect {

Nanos elapsed(Time from, Time to) {
  Nanos difference = 0;
  if (to <= from) return 0;
  return __builtin_sub_overflow(to, from, &difference) ? kNever - 1 : std::min(difference, kNever - 1);
}

Nanos from_ms(double ms) {
  return ms >= 9e12 ? kNever : static_cast<Nanos>(ms * static_cast<double>(kMillisecond));
}

Nanos young_age(Nanos duration, const Limits& limits) {
  return from_ms(std::max(limits.young_ms, to_ms(duration) * limits.young_share / 100));
}

Overdue::Overdue(const model::Trace& trace, const Limits& limits, const SiteGroups& groups)
    : trace_(trace), limits_(limits), groups_(groups) {
  young_ = young_age(elapsed(trace.begin, trace.end), limits);
  find_exit();
  learn_what_is_usual();

  limit_.resize(groups.size(), kNever);
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    if (!groups[group].one_shot || !groups[group].judged) continue;
    const Usual& usual = usual_[group];
    limit_[group] = young_;
    if (usual.known) {
      limit_[group] = std::max(young_, from_ms(limits.leak_lifetimes * to_ms(usual.p99)));
    } else if (usual.finished >=
               (groups[group].created - std::min(groups[group].created, usual.finished)) / 4) {
      // Too few to know a percentile: then longer than any of them. One that finished among many that did not
      // tells nothing about those.
      limit_[group] = std::max(young_, usual.max);
    }
  }
}

// An exit starts nothing and completes nothing: it begins behind the last sign of life. (Blocking calls are none:
// programs remove their temporary files at the end.)
void Overdue::find_exit() {
  // A killed process puts nothing away, and one that runs on has not ended.
  if (trace_.end_reason != model::EndReason::exit && trace_.end_reason != model::EndReason::signal) return;
  const Nanos duration = elapsed(trace_.begin, trace_.end);
  const Nanos exit = from_ms(std::max(limits_.exit_ms, to_ms(duration) * limits_.exit_share / 100));
  exit_begin_ = trace_.end - std::min(exit, duration / 2);
  std::vector<bool> lives(groups_.size());
  for (std::uint32_t group = 0; group < groups_.size(); ++group) {
    const SiteGroup& of = groups_[group];
    const bool placed = of.site < trace_.sites.size();
    lives[group] = of.one_shot && of.judged && placed && !trace_.sites[of.site].is(model::kSynchronous);
  }
  const model::TaskTable& tasks = trace_.tasks;
  for (model::TaskIndex task = 0; task < tasks.size(); ++task) {
    if (!lives[groups_.of(tasks.site(task))]) continue;
    const model::Outcome outcome = tasks.outcome(task);
    const bool completed = outcome == model::Outcome::ok || outcome == model::Outcome::error;
    const Time sign = completed ? tasks.finished(task) : tasks.created(task);
    if (sign <= trace_.end) exit_begin_ = std::max(exit_begin_, sign);
  }
  for (model::SiteIndex site = 0; site < trace_.forgotten.size(); ++site) {
    if (!lives[groups_.of(site)]) continue;
    for (const Time sign :
         {trace_.forgotten[site].last_completed, trace_.forgotten[site].last_given_up_created}) {
      if (sign <= trace_.end) exit_begin_ = std::max(exit_begin_, sign);
    }
  }
}

void Overdue::learn_what_is_usual() {
  usual_.resize(groups_.size());
  std::unordered_map<std::uint32_t, Histogram> own;  // of places where the exit gave up tasks
  const model::TaskTable& tasks = trace_.tasks;
  for (model::TaskIndex task = 0; task < tasks.size(); ++task) {
    if (!at_exit(task)) continue;
    const std::uint32_t group = groups_.of(tasks.site(task));
    ++usual_[group].at_exit;
    own.try_emplace(group);
  }
  if (!own.empty()) {
    for (model::TaskIndex task = 0; task < tasks.size(); ++task) {
      if (tasks.pending(task) || usual_[groups_.of(tasks.site(task))].at_exit == 0 || at_exit(task)) continue;
      own[groups_.of(tasks.site(task))].add(elapsed(tasks.created(task), tasks.finished(task)));
    }
    for (model::SiteIndex site = 0; site < trace_.forgotten.size(); ++site) {
      const auto found = own.find(groups_.of(site));
      if (found != own.end()) found->second.merge(trace_.forgotten[site].lifetime);
    }
  }
  for (std::uint32_t group = 0; group < groups_.size(); ++group) {
    Usual& usual = usual_[group];
    if (const auto found = own.find(group); found != own.end()) {
      const Histogram& lifetime = found->second;
      usual.finished = lifetime.count();
      usual.p50 = lifetime.quantile(0.5);
      usual.p99 = lifetime.quantile(0.99);
      usual.max = lifetime.max();
    } else {
      usual.finished = groups_[group].finished;
      usual.p50 = groups_[group].lifetime_p50;
      usual.p99 = groups_[group].lifetime_p99;
      usual.max = groups_[group].lifetime_max;
    }
    usual.known = usual.finished > 0 && static_cast<double>(usual.finished) >= limits_.leak_history;
  }
}

}  // namespace loopscope::detect
