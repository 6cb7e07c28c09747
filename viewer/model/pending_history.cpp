#include "viewer/model/pending_history.h"

#include <iterator>
#include <utility>

namespace loopscope::model {
namespace {

// Of so few events the exact answer costs no more than that of slices.
constexpr std::uint64_t kFewEvents = 64;

// The first of [first, last) for which `later` holds; from there on it holds for all.
template <class Later>
std::uint64_t first_where(std::uint64_t first, std::uint64_t last, Later later) {
  while (first < last) {
    const std::uint64_t middle = first + (last - first) / 2;
    if (later(middle)) {
      last = middle;
    } else {
      first = middle + 1;
    }
  }
  return first;
}

}  // namespace

std::size_t PendingHistory::slice_of(Time at) const {
  const Nanos since = std::max<Nanos>(subtract_saturating(at, begin_), 0);
  return std::min(static_cast<std::size_t>(since / slice_length_), slices_.size() - 1);
}

std::uint64_t PendingHistory::created_by(const TaskTable& tasks, Time at) const {
  std::uint64_t first = 0;
  std::uint64_t last = tasks.size();
  if (!slices_.empty()) {
    const std::size_t slice = slice_of(at);
    first = std::min<std::uint64_t>(slices_[slice].created, last);
    if (slice + 1 < slices_.size()) last = std::min<std::uint64_t>(slices_[slice + 1].created, last);
  }
  return first_where(first, last,
                     [&](std::uint64_t task) { return tasks.created(static_cast<TaskIndex>(task)) > at; });
}

std::uint64_t PendingHistory::finished_by(const TaskTable& tasks, Time at) const {
  std::uint64_t first = 0;
  std::uint64_t last = finishes_.size();
  if (!slices_.empty()) {
    const std::size_t slice = slice_of(at);
    first = slices_[slice].finished;
    if (slice + 1 < slices_.size()) last = slices_[slice + 1].finished;
  }
  return first_where(first, last,
                     [&](std::uint64_t finish) { return finish_of(tasks, finishes_[finish]) > at; });
}

// Event by event, from one state to the other.
PendingHistory::Extent PendingHistory::walk(const TaskTable& tasks, const Counts& from,
                                            const Counts& to) const {
  std::uint64_t created = from.created;
  std::uint64_t finished = from.finished;
  const auto pending = [&] { return created > finished ? created - finished : 0; };
  Extent extent{pending(), pending()};
  while (created < to.created || finished < to.finished) {
    const Time next_created = created < to.created ? tasks.created(static_cast<TaskIndex>(created)) : kNever;
    const Time next_finished = finished < to.finished ? finish_of(tasks, finishes_[finished]) : kNever;
    // At one instant creations come first, as slices count them.
    if (finished == to.finished || (created < to.created && next_created <= next_finished)) {
      ++created;
    } else {
      ++finished;
    }
    extent.least = std::min(extent.least, pending());
    extent.most = std::max(extent.most, pending());
  }
  return extent;
}

std::uint64_t PendingHistory::events_of(std::size_t slice) const {
  const Slice& begin = slices_[slice];
  const bool last = slice + 1 == slices_.size();
  return (last ? created_ : slices_[slice + 1].created) - begin.created +
         ((last ? finished_ : slices_[slice + 1].finished) - begin.finished);
}

// Of a part of one slice. A busy slice answers for its parts, unless it is worth `looking` for what is in them.
PendingHistory::Extent PendingHistory::part_of(const TaskTable& tasks, std::size_t slice, Time from,
                                               Time last, bool looking) const {
  if (looking || events_of(slice) <= kFewEvents) {
    const Counts begin{created_by(tasks, from), finished_by(tasks, from)};
    const Counts end{created_by(tasks, last), finished_by(tasks, last)};
    if (end.created - begin.created + (end.finished - begin.finished) <= kFewEvents) {
      return walk(tasks, begin, end);
    }
  }
  return {slices_[slice].least, slices_[slice].most};
}

PendingHistory::Extent PendingHistory::extent(const TaskTable& tasks, Time from, Time to) const {
  if (slices_.empty()) return {};
  const Time end = std::max(from, subtract_saturating(to, 1));
  const std::size_t first = slice_of(from);
  const std::size_t last = slice_of(end);
  const auto begin_of = [&](std::size_t slice) {
    return add_saturating(begin_, static_cast<Nanos>(slice) * slice_length_);
  };
  const bool looking = last - first <= 1;
  if (first == last) return part_of(tasks, first, from, end, looking);
  Extent extent = part_of(tasks, first, from, begin_of(first + 1) - 1, looking);
  const auto widen = [&](std::uint64_t least, std::uint64_t most) {
    extent.least = std::min(extent.least, least);
    extent.most = std::max(extent.most, most);
  };
  for (std::size_t slice = first + 1; slice < last; ++slice) widen(slices_[slice].least, slices_[slice].most);
  const Extent rest = part_of(tasks, last, begin_of(last), end, looking);
  widen(rest.least, rest.most);
  return extent;
}

std::vector<std::uint64_t> PendingHistory::pending_by_site_at(const TaskTable& tasks, Time at) const {
  const std::uint64_t created = created_by(tasks, at);
  const std::uint64_t finished = finished_by(tasks, at);
  const auto later = std::partition_point(
      checkpoints_.begin(), checkpoints_.end(),
      [&](const Checkpoint& point) { return point.created <= created && point.finished <= finished; });
  static const Checkpoint kBegin;
  const Checkpoint& from = later == checkpoints_.begin() ? kBegin : *std::prev(later);
  std::vector<std::uint64_t> pending(from.pending.begin(), from.pending.end());
  for (std::uint64_t task = from.created; task < created; ++task) {
    const std::uint32_t site = tasks.site(static_cast<TaskIndex>(task));
    if (site >= pending.size()) pending.resize(site + 1);
    ++pending[site];
  }
  for (std::uint64_t finish = from.finished; finish < finished; ++finish) {
    const std::uint32_t site = tasks.site(finishes_[finish]);
    if (site < pending.size() && pending[site] != 0) --pending[site];
  }
  return pending;
}

std::vector<std::uint64_t> PendingHistory::curve_of_site(std::uint32_t site, Time from, Time to,
                                                         std::size_t points) const {
  std::vector<std::uint64_t> curve(points);
  const double length = static_cast<double>(std::max<Nanos>(subtract_saturating(to, from), 0));
  for (std::size_t i = 0; i < points; ++i) {
    const double share = static_cast<double>(i + 1) / static_cast<double>(points);
    const Time at = i + 1 == points ? to : add_saturating(from, static_cast<Nanos>(length * share));
    const auto later = std::partition_point(checkpoints_.begin(), checkpoints_.end(),
                                            [&](const Checkpoint& point) { return point.at <= at; });
    if (later == checkpoints_.begin()) continue;
    const std::vector<std::uint32_t>& pending = std::prev(later)->pending;
    if (site < pending.size()) curve[i] = pending[site];
  }
  return curve;
}

void PendingHistory::start(Time begin, Time end, std::uint64_t tasks) {
  begin_ = begin;
  const Nanos length = std::max<Nanos>(subtract_saturating(end, begin), 0);
  slice_length_ = length / static_cast<Nanos>(kSlices) + 1;
  slices_.resize(static_cast<std::size_t>(length / slice_length_) + 1);
  finishes_.reserve(tasks);
  every_ = std::max<std::uint64_t>(2 * tasks / kCheckpoints, 1);
  begin_anew();
}

void PendingHistory::begin_anew() {
  std::fill(slices_.begin(), slices_.end(), Slice{});
  checkpoints_.clear();
  by_site_.clear();
  created_ = finished_ = pending_ = 0;
  to_checkpoint_ = every_;
  last_at_ = std::numeric_limits<Time>::min();
  in_order_ = true;
  enter(0);
}

void PendingHistory::enter(std::size_t slice) {
  slices_[slice] = {pending_, pending_, created_, finished_};
  slice_ = slice;
  const auto edge = static_cast<Nanos>(slice + 1) * slice_length_;
  slice_end_ = slice + 1 == slices_.size() ? kNever : add_saturating(begin_, edge);
}

void PendingHistory::turn_to(Time at) {
  if (at < last_at_) in_order_ = false;
  const std::size_t slice = slice_of(at);
  while (slice_ < slice) enter(slice_ + 1);
}

void PendingHistory::checkpoint() {
  const std::size_t sites = std::max<std::size_t>(by_site_.size(), 1);
  const std::size_t most = std::min(kCheckpoints, kMostCheckpointBytes / sizeof(std::uint32_t) / sites);
  if (checkpoints_.size() >= most) {
    std::size_t kept = 0;
    for (std::size_t i = 1; i < checkpoints_.size(); i += 2)
      checkpoints_[kept++] = std::move(checkpoints_[i]);
    checkpoints_.resize(kept);
    every_ *= 2;
  }
  to_checkpoint_ = every_;
  if (checkpoints_.size() < most) checkpoints_.push_back({last_at_, created_, finished_, by_site_});
}

void PendingHistory::finish(const TaskTable& tasks) {
  if (!in_order_) {
    std::stable_sort(finishes_.begin(), finishes_.end(),
                     [&](TaskIndex a, TaskIndex b) { return finish_of(tasks, a) < finish_of(tasks, b); });
    begin_anew();
    TaskIndex next = 0;
    Time now = std::numeric_limits<Time>::min();
    const auto create_next = [&] {
      now = std::max(now, tasks.created(next));
      task_created(tasks.site(next), now);
      ++next;
    };
    for (const TaskIndex task : finishes_) {
      while (next <= task || (next < tasks.size() && tasks.created(next) <= finish_of(tasks, task))) {
        create_next();
      }
      now = std::max(now, finish_of(tasks, task));
      count_finish(tasks.site(task), now);
    }
    while (next < tasks.size()) create_next();
  }
  while (slice_ + 1 < slices_.size()) enter(slice_ + 1);
  if (to_checkpoint_ != every_) checkpoint();
  by_site_ = {};
  checkpoints_.shrink_to_fit();
}

}  // namespace loopscope::model
