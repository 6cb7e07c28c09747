// pool-saturation: work that waits longer for a thread of its pool than it runs. What is submitted at once and done one
// after the other is a batch, and only said. The pool's share of uv_fs_* operations is not recorded: that they take
// longer the more there are is no proof, and a note.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/operations.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/site_groups.h"
#include "viewer/detect/thread_pools.h"

namespace loopscope::detect {
namespace {

// So many threads has libuv's pool if nobody says anything, and so many it takes at most.
constexpr std::size_t kUsualThreads = 4;
constexpr double kMostThreads = 1024;

// Threads at which the load is `pool-load`: what comes in a second, times how long it runs, over that load. Never more than
// were wanted at once.
double suggested_size(const ThreadPool& pool, const Limits& limits) {
  const double wanted = std::ceil(pool.load() * 100 / limits.pool_load);
  const double peak = static_cast<double>(pool.peak_queue + pool.peak_running);
  const auto now = static_cast<double>(pool.threads.size());
  return std::clamp(std::min(wanted, peak), std::min(now + 1, kMostThreads), kMostThreads);
}

std::string advice_for(const ThreadPool& pool, const std::string& kind, double suggested,
                       const model::Trace& trace) {
  const std::string grow = kind == "uv_work"
                               ? fmt::format("start the program with UV_THREADPOOL_SIZE={:.0f}", suggested)
                               : fmt::format("give the pool {:.0f} threads", suggested);
  const std::uint32_t cpus = trace.process.cpus;
  if (cpus == 0) {
    return fmt::format("If this work waits (disk, network, locks), {}. If it computes, submit less at once.",
                       grow);
  }
  if (suggested <= cpus)
    return fmt::format("There are {} processors: {}, or submit less at once.", cpus, grow);
  const std::string more =
      pool.threads.size() < cpus
          ? fmt::format("more threads than the {} processors do not help", cpus)
          : fmt::format("more threads do not help, since there are {} for {} processors already",
                        pool.threads.size(), cpus);
  return fmt::format(
      "If this work waits (disk, network, locks), {}. If it computes, {}: submit less at once, or make it "
      "shorter.",
      grow, more);
}

std::optional<Finding> judge(const model::Trace& trace, const Limits& limits, const SiteGroups& groups,
                             const ThreadPool& pool) {
  if (!pool.saturated(limits) || pool.places.empty()) return {};
  const Nanos duration = std::max<Nanos>(elapsed(trace.begin, trace.end), 1);
  const SiteGroup& place = groups[pool.places.front()];
  const std::string& kind = trace.sites[place.site].kind;
  const auto ratio = static_cast<double>(pool.waited) / static_cast<double>(std::max<Nanos>(pool.ran, 1));
  const double submitting =
      100 * static_cast<double>(elapsed(pool.first, pool.last)) / static_cast<double>(duration);
  const double suggested = suggested_size(pool, limits);

  Finding finding;
  finding.detector = "pool-saturation";
  finding.site = place.site;
  finding.first = pool.first;
  finding.last = trace.end;
  finding.count = pool.tasks + pool.never_begun;
  finding.price = static_cast<double>(pool.waited) / 1e9;
  finding.tasks = pool.slowest;
  finding.title =
      fmt::format("{} tasks wait {:.1f} times as long for one of {} threads as they run, up to {}", kind,
                  ratio, pool.threads.size(), duration_text(pool.queue.max()));
  finding.evidence = {{"tasks", static_cast<double>(finding.count), "tasks"},
                      {"queue_delay_p50", to_ms(pool.queue.quantile(0.5)), "ms"},
                      {"queue_delay_p99", to_ms(pool.queue.quantile(0.99)), "ms"},
                      {"run_mean", pool.mean_run() / 1e6, "ms"}};
  if (pool.run && pool.run->count() > 0) {
    finding.evidence.push_back({"run_p50", to_ms(pool.run->quantile(0.5)), "ms"});
    finding.evidence.push_back({"run_p99", to_ms(pool.run->quantile(0.99)), "ms"});
  }
  finding.evidence.push_back({"threads", static_cast<double>(pool.threads.size()), "threads"});
  finding.evidence.push_back({"peak_queue", static_cast<double>(pool.peak_queue), "tasks"});
  if (pool.never_begun > 0)
    finding.evidence.push_back({"never_begun", static_cast<double>(pool.never_begun), "tasks"});
  finding.evidence.push_back({"waited_total", to_ms(pool.waited), "ms"});
  finding.evidence.push_back({"offered_load", pool.load(), "threads"});
  finding.evidence.push_back({"suggested_size", suggested, "threads"});
  if (pool.places.size() > 1)
    finding.evidence.push_back({"places", static_cast<double>(pool.places.size()), "places"});

  if (trace.integrity.lost_events >= finding.count) {
    finding.evidence.push_back({"lost_events", static_cast<double>(trace.integrity.lost_events), "events"});
    finding.advice =
        "Not enough evidence: events were lost, and with them the beginning of this work. Record again "
        "with a larger ring.";
  } else if (to_ms(duration) < limits.short_trace_ms) {
    finding.advice = fmt::format("Not enough evidence: the trace is only {} long. Record for longer.",
                                 duration_text(duration));
  } else if (submitting < limits.pool_share) {
    finding.advice = fmt::format(
        "It was all submitted within {}: a batch that is done one after the other. If somebody waits for "
        "single ones of "
        "it, {}",
        duration_text(elapsed(pool.first, pool.last)), "submit these first, or give the pool more threads.");
  } else {
    finding.severity = Severity::warning;
    finding.advice = advice_for(pool, kind, suggested, trace);
  }
  return finding;
}

// ---- operations that libuv's pool runs unseen ----

struct Inflation {
  Histogram few;   // lifetimes of those that began among at most as many as there are threads
  Histogram many;  // among more than twice as many
  std::vector<std::uint64_t> many_at;  // by group
  std::vector<model::TaskIndex> examples;
};

Inflation inflation_of(const model::Trace& trace, const SiteGroups& groups, const std::vector<bool>& wanted) {
  Inflation inflation;
  inflation.many_at.resize(groups.size());
  std::vector<model::TaskIndex> all;
  std::vector<Time> ends;
  for (model::TaskIndex task = 0; task < trace.tasks.size(); ++task) {
    if (!wanted[groups.of(trace.tasks.site(task))]) continue;
    all.push_back(task);  // in order of creation
    if (!trace.tasks.pending(task)) ends.push_back(trace.tasks.finished(task));
  }
  std::sort(ends.begin(), ends.end());
  std::size_t ended = 0;
  std::size_t started = 0;
  for (const model::TaskIndex task : all) {
    const Time created = trace.tasks.created(task);
    while (ended < ends.size() && ends[ended] <= created) ++ended;
    ++started;
    const std::size_t now = started - std::min(started, ended);
    if (trace.tasks.pending(task)) continue;
    const Nanos life = elapsed(created, trace.tasks.finished(task));
    if (now <= kUsualThreads) inflation.few.add(life);
    if (now <= 2 * kUsualThreads) continue;
    inflation.many.add(life);
    ++inflation.many_at[groups.of(trace.tasks.site(task))];
    if (inflation.examples.size() < kMaxExamples) inflation.examples.push_back(task);
  }
  return inflation;
}

std::optional<Finding> files_may_wait(const model::Trace& trace, const Limits& limits,
                                      const SiteGroups& groups) {
  if (trace.streamed()) return {};
  std::vector<bool> wanted(groups.size());
  bool any = false;
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    if (groups[group].site >= trace.sites.size() || !groups[group].one_shot || !groups[group].judged)
      continue;
    const model::Site& site = trace.sites[groups[group].site];
    if (site.is(model::kSynchronous) || operation_of(site.kind) != Operation::file) continue;
    if (static_cast<double>(groups[group].created) < limits.pool_tasks) continue;
    wanted[group] = true;
    any = any || to_ms(groups[group].lifetime_p99) >= limits.pool_wait_ms;
  }
  if (!any) return {};
  Inflation inflation = inflation_of(trace, groups, wanted);
  const bool enough = static_cast<double>(inflation.few.count()) >= limits.pool_tasks &&
                      static_cast<double>(inflation.many.count()) >= limits.pool_tasks;
  const Nanos few = std::max<Nanos>(inflation.few.quantile(0.5), 1);
  const Nanos many = inflation.many.quantile(0.5);
  const double times = static_cast<double>(many) / static_cast<double>(few);
  if (!enough || times < limits.pool_wait || to_ms(many) < limits.pool_wait_ms) return {};
  Finding finding;
  finding.detector = "pool-saturation";
  finding.candidate = true;
  const auto most = std::max_element(inflation.many_at.begin(), inflation.many_at.end());
  finding.site = groups[static_cast<std::size_t>(most - inflation.many_at.begin())].site;
  finding.title = fmt::format("File operations take {:.1f} times as long where many are under way", times);
  finding.evidence = {{"among_few_p50", to_ms(few), "ms"},
                      {"among_many_p50", to_ms(many), "ms"},
                      {"among_few", static_cast<double>(inflation.few.count()), "tasks"},
                      {"among_many", static_cast<double>(inflation.many.count()), "tasks"}};
  finding.first = trace.begin;
  finding.last = trace.end;
  finding.count = inflation.many.count();
  finding.price = static_cast<double>(inflation.many.sum()) / 1e9 * (1 - 1 / times);
  finding.tasks = std::move(inflation.examples);
  finding.advice =
      "They share the threads of libuv's pool, or a disk that is busy: the trace cannot tell. Keep fewer "
      "under way, or "
      "try a larger UV_THREADPOOL_SIZE.";
  return finding;
}

}  // namespace

std::vector<Finding> pool_saturation(const model::Trace& trace, const Limits& limits) {
  std::vector<Finding> findings;
  const SiteGroups groups(trace);
  for (const ThreadPool& pool : thread_pools(trace, groups)) {
    if (auto finding = judge(trace, limits, groups, pool)) findings.push_back(std::move(*finding));
  }
  if (auto finding = files_may_wait(trace, limits, groups)) findings.push_back(std::move(*finding));
  return findings;
}

}  // namespace loopscope::detect
