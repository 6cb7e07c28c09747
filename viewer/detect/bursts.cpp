#include "viewer/detect/bursts.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <span>

#include "viewer/detect/overdue.h"

namespace loopscope::detect {
namespace {

using model::kNoTask;
using model::TaskIndex;

// Of one parent and place, in order of creation.
class Batch {
 public:
  Batch(const model::Trace& trace, std::uint32_t place, std::span<const TaskIndex> tasks)
      : trace_(trace), place_(place), tasks_(tasks) {
    for (const TaskIndex task : tasks) {
      const Time finished = trace.tasks.finished(task);
      if (finished != kNever) finishes_.push_back(finished);
    }
    std::sort(finishes_.begin(), finishes_.end());
  }

  void find(std::size_t least, std::vector<Burst>& found) {
    const std::size_t already = found.size();
    std::vector<std::size_t> singles_until(1, 0);  // tasks in small bursts before each task
    singles_until.reserve(tasks_.size() + 1);
    std::vector<std::size_t> ends;
    for (std::size_t begin = 0; begin < tasks_.size();) {
      std::uint64_t peak = 0;
      const std::size_t end = end_of(begin, peak);
      const bool is_small = end - begin < least;
      for (std::size_t at = begin; at < end; ++at) singles_until.push_back(singles_until.back() + is_small);
      if (!is_small) {
        Burst& burst = found.emplace_back();
        burst.place = place_;
        burst.parent = trace_.tasks.parent(tasks_[begin]);
        burst.tasks.assign(tasks_.begin() + static_cast<std::ptrdiff_t>(begin),
                           tasks_.begin() + static_cast<std::ptrdiff_t>(end));
        burst.peak = peak;
        ends.push_back(end);
      }
      begin = end;
    }
    for (std::size_t at = already; at < found.size(); ++at) {
      const std::size_t end = ends[at - already];
      const std::size_t until = created_until(median_finish(found[at]));
      if (until > end) found[at].replenished = singles_until[until] - singles_until[end];
    }
  }

 private:
  // A burst goes on while no more than one in ten of its size has finished, of whomever.
  std::size_t end_of(std::size_t begin, std::uint64_t& peak) {
    finished_before(begin);
    const std::size_t before = finished_;
    std::size_t at = begin;
    for (; at < tasks_.size(); ++at) {
      finished_before(at);
      if (at > begin && (finished_ - before) * 10 > at - begin) break;
      peak = std::max<std::uint64_t>(peak, at + 1 - std::min(at, finished_));
    }
    return at;
  }
  // Creations come in order, so that this only goes forward.
  void finished_before(std::size_t at) {
    const Time created = trace_.tasks.created(tasks_[at]);
    while (finished_ < finishes_.size() && finishes_[finished_] <= created) ++finished_;
  }
  Time median_finish(const Burst& burst) const {
    std::vector<Time> finishes;
    finishes.reserve(burst.tasks.size());
    for (const TaskIndex task : burst.tasks) finishes.push_back(trace_.tasks.finished(task));
    const auto middle = finishes.begin() + static_cast<std::ptrdiff_t>(finishes.size() / 2);
    std::nth_element(finishes.begin(), middle, finishes.end());
    return *middle;
  }
  std::size_t created_until(Time at) const {
    const auto after = std::partition_point(tasks_.begin(), tasks_.end(),
                                            [&](TaskIndex task) { return trace_.tasks.created(task) <= at; });
    return static_cast<std::size_t>(after - tasks_.begin());
  }

  const model::Trace& trace_;
  const std::uint32_t place_;
  const std::span<const TaskIndex> tasks_;
  std::vector<Time> finishes_;
  std::size_t finished_ = 0;
};

// Spearman's, of tasks in order of creation.
double order_of(const std::vector<Time>& finishes) {
  const std::size_t count = finishes.size();
  std::vector<std::size_t> by_finish(count);
  std::iota(by_finish.begin(), by_finish.end(), std::size_t{0});
  std::stable_sort(by_finish.begin(), by_finish.end(),
                   [&](std::size_t a, std::size_t b) { return finishes[a] < finishes[b]; });
  double squares = 0;
  for (std::size_t rank = 0; rank < count; ++rank) {
    const double apart = static_cast<double>(rank) - static_cast<double>(by_finish[rank]);
    squares += apart * apart;
  }
  const auto n = static_cast<double>(count);
  return count < 2 ? 0 : 1 - 6 * squares / (n * (n * n - 1));
}

// The children of each parent that has at least `least` of them in eligible places, in order of creation. Sorted by
// counting: of many millions of tasks every comparison would be a miss of the cache.
class Families {
 public:
  Families(const model::Trace& trace, const SiteGroups& groups, const std::vector<bool>& is_eligible,
           std::size_t least)
      : trace_(trace), groups_(groups) {
    const model::TaskTable& tasks = trace.tasks;
    const auto is_child = [&](TaskIndex task) -> bool { return is_eligible[place_of(task)]; };
    std::vector<std::uint32_t> children(tasks.size() + 1);  // by parent, the last of those without one
    const auto slot_of = [&](TaskIndex task) {
      return std::min<std::size_t>(tasks.parent(task), tasks.size());
    };
    for (TaskIndex task = 0; task < tasks.size(); ++task) {
      if (is_child(task)) ++children[slot_of(task)];
    }
    constexpr std::uint32_t kTooFew = ~std::uint32_t{0};
    std::uint32_t kept = 0;
    for (std::uint32_t& next : children) {  // from here on: where the parent's next child goes
      const std::uint32_t count = next;
      next = count >= least ? kept : kTooFew;
      if (count < least) continue;
      begins_.push_back(kept);
      kept += count;
    }
    begins_.push_back(kept);
    if (kept == 0) return;
    members_.resize(kept);
    for (TaskIndex task = 0; task < tasks.size(); ++task) {
      if (!is_child(task)) continue;
      if (std::uint32_t& next = children[slot_of(task)]; next != kTooFew) members_[next++] = task;
    }
  }

  std::size_t size() const { return begins_.size() - 1; }

  template <typename Visit>  // void(std::uint32_t place, std::span<const TaskIndex>)
  void by_place(std::size_t family, Visit visit) const {
    std::map<std::uint32_t, std::vector<TaskIndex>> places;
    for (std::uint32_t at = begins_[family]; at < begins_[family + 1]; ++at) {
      places[place_of(members_[at])].push_back(members_[at]);
    }
    for (const auto& [place, members] : places) visit(place, std::span(members));
  }

 private:
  std::uint32_t place_of(TaskIndex task) const { return groups_.of(trace_.tasks.site(task)); }

  const model::Trace& trace_;
  const SiteGroups& groups_;
  std::vector<std::uint32_t> begins_;  // into members_, and the end
  std::vector<TaskIndex> members_;
};

}  // namespace

std::vector<Burst> find_bursts(const model::Trace& trace, const SiteGroups& groups,
                               const std::vector<bool>& is_eligible, std::size_t least) {
  std::vector<Burst> found;
  if (std::find(is_eligible.begin(), is_eligible.end(), true) == is_eligible.end()) return found;
  const Families families(trace, groups, is_eligible, least);
  for (std::size_t family = 0; family < families.size(); ++family) {
    families.by_place(family, [&](std::uint32_t place, std::span<const TaskIndex> members) {
      if (members.size() >= least) Batch(trace, place, members).find(least, found);
    });
  }
  return found;
}

WorkedOff work_off(const model::Trace& trace, const Burst& burst) {
  const model::TaskTable& tasks = trace.tasks;
  WorkedOff result;
  std::vector<Time> finishes;  // in order of creation
  std::vector<Nanos> lives;
  finishes.reserve(burst.tasks.size());
  for (const TaskIndex task : burst.tasks) {
    result.run = add_saturating(result.run, tasks.run_ns(task));
    const model::Outcome outcome = tasks.outcome(task);
    if (outcome != model::Outcome::ok && outcome != model::Outcome::error) continue;
    finishes.push_back(tasks.finished(task));
    lives.push_back(elapsed(tasks.created(task), tasks.finished(task)));
  }
  const std::size_t count = burst.tasks.size();
  const std::size_t done = finishes.size();
  if (done < 10 || done * 10 < count * 9) return result;

  std::vector<Time> sorted = finishes;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t from = done / 10;
  const std::size_t to = done - 1 - done / 10;
  result.creating =
      elapsed(tasks.created(burst.tasks[count / 20]), tasks.created(burst.tasks[count - 1 - count / 20]));
  result.finishing = elapsed(sorted[from], sorted[to]);
  result.lasted = elapsed(tasks.created(burst.tasks.front()), sorted.back());
  if (result.finishing <= 0) return result;
  result.known = true;
  result.order = order_of(finishes);
  result.rate = static_cast<double>(to - from) * 1e9 / static_cast<double>(result.finishing);

  // The first few are alone only as far as the knee, which is not known before: begin with a few, go down from there.
  std::size_t first = std::min<std::size_t>(5, done);
  for (int round = 0; round < 8; ++round) {
    double sum = 0;
    for (std::size_t at = 0; at < first; ++at) sum += static_cast<double>(lives[at]);
    const double alone = sum / static_cast<double>(first);
    result.alone = static_cast<Nanos>(alone);
    result.knee = result.rate * alone / 1e9;
    const auto half =
        static_cast<std::size_t>(std::clamp(result.knee / 2, 1.0, static_cast<double>(done) / 4));
    if (half == first) break;
    first = half;
  }
  for (const Nanos life : lives) {
    const Nanos queued = std::max<Nanos>(life - result.alone, 0);
    result.queued_total = add_saturating(result.queued_total, queued);
    result.queued_worst = std::max(result.queued_worst, queued);
  }
  return result;
}

}  // namespace loopscope::detect
