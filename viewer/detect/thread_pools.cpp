#include "viewer/detect/thread_pools.h"

#include <algorithm>
#include <limits>
#include <map>
#include <unordered_map>
#include <utility>

#include "viewer/detect/coroutines.h"
#include "viewer/detect/finding.h"
#include "viewer/detect/operations.h"
#include "viewer/detect/overdue.h"

namespace loopscope::detect {
namespace {

using model::TaskIndex;

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

// What a pool's queue is for: coroutines wait for what they please before they begin, and a library's operations are
// begun by the kernel.
bool is_work(const model::Site& site) {
  if ((site.flags & (model::kSubscription | model::kInternal | model::kTeardown | model::kSynchronous |
                     model::kBlocking)) != 0) {
    return false;
  }
  const Operation operation = operation_of(site.kind);
  return operation == Operation::work ||
         (operation == Operation::other && site.kind != kCoroutine && !site.kind.starts_with("uv_") &&
          !site.kind.starts_with("io_uring_") && site.kind.find('.') == std::string::npos);
}

std::vector<bool> threads_of_loops(const model::Trace& trace) {
  std::vector<bool> of_loops(trace.threads.size());
  for (std::size_t at = 0; at < trace.threads.size(); ++at) {
    for (const model::Loop& loop : trace.loops) {
      if (loop.tid != 0 && loop.tid == trace.threads[at].tid) of_loops[at] = true;
    }
  }
  for (const model::Span& span : trace.longest_spans) {
    if (span.loop != model::kNoLoop && span.thread < of_loops.size()) of_loops[span.thread] = true;
  }
  return of_loops;
}

// Sets that share members, by numbers from 0.
class Sets {
 public:
  explicit Sets(std::size_t size) : of_(size) {
    for (std::size_t at = 0; at < size; ++at) of_[at] = static_cast<std::uint32_t>(at);
  }
  std::uint32_t of(std::uint32_t at) {
    while (of_[at] != at) at = of_[at] = of_[of_[at]];
    return at;
  }
  void join(std::uint32_t a, std::uint32_t b) { of_[of(a)] = of(b); }

 private:
  std::vector<std::uint32_t> of_;
};

struct Begun {
  TaskIndex task = model::kNoTask;
  Time begin = 0;
  Time end = 0;
};

// At most how many at once: +1 at the first of each pair, -1 at the second.
std::uint64_t peak_of(std::vector<std::pair<Time, Time>>& lives) {
  std::vector<std::pair<Time, int>> steps;
  steps.reserve(lives.size() * 2);
  for (const auto& [from, to] : lives) {
    if (to <= from) continue;
    steps.emplace_back(from, 1);
    steps.emplace_back(to, -1);  // before what begins at that instant
  }
  std::sort(steps.begin(), steps.end());
  std::int64_t now = 0;
  std::int64_t peak = 0;
  for (const auto& step : steps) peak = std::max(peak, now += step.second);
  return static_cast<std::uint64_t>(peak);
}

}  // namespace

double ThreadPool::load() const {
  const double window = static_cast<double>(elapsed(first, last)) + mean_run();
  return window > 0
             ? static_cast<double>(ran) *
                   (1 + static_cast<double>(never_begun) / std::max(1.0, static_cast<double>(tasks))) / window
             : 0;
}

bool ThreadPool::saturated(const Limits& limits) const {
  return tasks > 0 && static_cast<double>(tasks + never_begun) >= limits.pool_tasks &&
         static_cast<double>(waited) >= limits.pool_wait * static_cast<double>(ran) &&
         to_ms(queue.quantile(0.99)) >= limits.pool_wait_ms;
}

std::vector<ThreadPool> thread_pools(const model::Trace& trace, const SiteGroups& groups) {
  std::vector<bool> works(groups.size());
  bool any = false;
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    works[group] = groups[group].site < trace.sites.size() && is_work(trace.sites[groups[group].site]);
    any = any || works[group];
  }
  if (!any || trace.loops.empty()) return {};

  // Places and threads that have to do with each other are one pool.
  const std::vector<bool> of_loops = threads_of_loops(trace);
  Sets sets(groups.size() + trace.threads.size());
  std::vector<Begun> begun;  // a task's first span off the loops
  std::vector<bool> thread_works(trace.threads.size());
  std::vector<bool> pooled(groups.size());
  for (const model::Span& span : trace.longest_spans) {
    if (span.loop != model::kNoLoop || span.task >= trace.tasks.size()) continue;
    if (span.thread >= trace.threads.size() || of_loops[span.thread]) continue;
    const std::uint32_t group = groups.of(trace.tasks.site(span.task));
    if (!works[group]) continue;
    sets.join(group, static_cast<std::uint32_t>(groups.size()) + span.thread);
    thread_works[span.thread] = true;
    pooled[group] = true;
    begun.push_back({span.task, span.begin, add_saturating(span.begin, span.duration)});
  }
  if (begun.empty()) return {};
  std::sort(begun.begin(), begun.end(), [](const Begun& a, const Begun& b) {
    return a.task != b.task ? a.task < b.task : a.begin < b.begin;
  });

  std::vector<ThreadPool> pools;
  std::unordered_map<std::uint32_t, std::uint32_t> pool_of_set;
  std::vector<std::uint32_t> pool_of_group(groups.size(), kNone);
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    if (!pooled[group]) continue;
    const auto [found, is_new] =
        pool_of_set.try_emplace(sets.of(group), static_cast<std::uint32_t>(pools.size()));
    if (is_new) {
      pools.emplace_back().first = kNever;
      pools.back().last = trace.begin;
    }
    pool_of_group[group] = found->second;
    ThreadPool& pool = pools[found->second];
    pool.places.push_back(group);
    for (const model::SiteIndex site : groups[group].members) {
      pool.tasks += trace.sites[site].queue_delay.count();
      pool.queue.merge(trace.sites[site].queue_delay);
      pool.ran = add_saturating(pool.ran, trace.sites[site].run_ns);
    }
  }
  for (std::uint32_t thread = 0; thread < thread_works.size(); ++thread) {
    if (!thread_works[thread]) continue;
    const auto found = pool_of_set.find(sets.of(static_cast<std::uint32_t>(groups.size()) + thread));
    if (found != pool_of_set.end()) pools[found->second].threads.push_back(thread);
  }

  struct Lives {
    std::vector<std::pair<Time, Time>> queued, running;
  };
  std::vector<Lives> lives(pools.size());
  std::vector<std::vector<std::pair<Nanos, TaskIndex>>> longest(pools.size());
  TaskIndex seen = model::kNoTask;
  for (const Begun& one : begun) {
    const std::uint32_t pool = pool_of_group[groups.of(trace.tasks.site(one.task))];
    lives[pool].running.emplace_back(one.begin, one.end);
    if (std::exchange(seen, one.task) == one.task) continue;
    const Time created = trace.tasks.created(one.task);
    lives[pool].queued.emplace_back(created, one.begin);
    longest[pool].emplace_back(elapsed(created, one.begin), one.task);
  }
  for (std::size_t at = 0; at < pools.size(); ++at) {
    pools[at].waited = pools[at].queue.sum();
    if (!trace.streamed()) pools[at].run.emplace();
  }
  const model::TaskTable& tasks = trace.tasks;
  for (TaskIndex task = 0; task < tasks.size(); ++task) {
    const std::uint32_t at = pool_of_group[groups.of(tasks.site(task))];
    if (at == kNone) continue;
    ThreadPool& pool = pools[at];
    pool.first = std::min(pool.first, tasks.created(task));
    pool.last = std::max(pool.last, tasks.created(task));
    if (tasks.spans(task) == 0 && tasks.pending(task)) {
      ++pool.never_begun;
      pool.waited = add_saturating(pool.waited, elapsed(tasks.created(task), trace.end));
      lives[at].queued.emplace_back(tasks.created(task), kNever);
    } else if (pool.run && tasks.spans(task) > 0) {
      pool.run->add(tasks.run_ns(task));
    }
  }
  for (std::size_t at = 0; at < pools.size(); ++at) {
    pools[at].peak_queue = peak_of(lives[at].queued);
    pools[at].peak_running = peak_of(lives[at].running);
    auto& slowest = longest[at];
    const std::size_t most = std::min(slowest.size(), kMaxExamples);
    std::partial_sort(slowest.begin(), slowest.begin() + static_cast<std::ptrdiff_t>(most), slowest.end(),
                      [](const auto& a, const auto& b) {
                        return a.first != b.first ? a.first > b.first : a.second < b.second;
                      });
    for (std::size_t i = 0; i < most; ++i) pools[at].slowest.push_back(slowest[i].second);
    std::stable_sort(pools[at].places.begin(), pools[at].places.end(), [&](std::uint32_t a, std::uint32_t b) {
      const auto waited = [&](std::uint32_t group) {
        Nanos sum = 0;
        for (const model::SiteIndex site : groups[group].members)
          sum = add_saturating(sum, trace.sites[site].queue_delay.sum());
        return sum;
      };
      return waited(a) > waited(b);
    });
  }
  std::stable_sort(pools.begin(), pools.end(),
                   [](const ThreadPool& a, const ThreadPool& b) { return a.waited > b.waited; });
  return pools;
}

}  // namespace loopscope::detect
