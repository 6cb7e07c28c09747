#include "viewer/trace/stalls.h"

#include <algorithm>
#include <map>
#include <utility>

#include "viewer/trace/rare_packets.h"

namespace loopscope::trace {

using namespace model;

namespace {

// One look of the watchdog sees a few stalls; a trace that says else gets no more of our time.
constexpr std::size_t kMostOverlaps = 64;

// The same order however the trace is read.
bool before(const Stall& a, const Stall& b) {
  if (a.duration != b.duration) return a.duration > b.duration;
  return a.begin != b.begin ? a.begin < b.begin : a.thread < b.thread;
}

Time end_of(const Stall& stall) { return add_saturating(stall.begin, stall.duration); }

// Calls `visit(row, overlap)` for the stalls that [from, to] overlaps with.
template <class Rows, class Visit>
void for_each_overlap(Rows& rows, Time from, Time to, Visit visit) {
  auto row = std::upper_bound(rows.begin(), rows.end(), from,
                              [](Time at, const auto& other) { return at < other.stall->begin; });
  if (row != rows.begin()) --row;
  for (std::size_t seen = 0; row != rows.end() && seen < kMostOverlaps; ++row, ++seen) {
    if (row->stall->begin >= to) break;
    const Nanos overlap = std::min(to, end_of(*row->stall)) - std::max(from, row->stall->begin);
    if (overlap > 0) visit(*row, overlap);
  }
}

// A part of what was counted over a longer time.
template <class Number>
Number part(Number all, Nanos of, Nanos total) {
  if (of == total) return all;
  return static_cast<Number>(static_cast<double>(all) *
                             (static_cast<double>(of) / static_cast<double>(total)));
}

// Half of the time to its neighbours each.
void weigh(Stall& stall) {
  Time from = stall.begin;
  for (std::size_t i = 0; i < stall.samples.size(); ++i) {
    StallSample& sample = stall.samples[i];
    const bool last = i + 1 == stall.samples.size();
    const Time to = last ? end_of(stall) : sample.at + (stall.samples[i + 1].at - sample.at) / 2;
    sample.weight = to - from;
    from = to;
  }
}

std::string cause_of_most(const Stall& stall) {
  std::map<std::string, Nanos> weights;
  for (const StallSample& sample : stall.samples) weights[sample.cause] += sample.weight;
  const auto most = std::max_element(weights.begin(), weights.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == weights.end() ? "" : most->first;
}

}  // namespace

void Stalls::add(Stall stall) {
  ++trace_.stalls_total;
  trace_.stalls_ns = add_saturating(trace_.stalls_ns, stall.duration);
  std::vector<Stall>& kept = trace_.stalls;  // a heap, the shortest on top
  if (kept.size() == kMaxStalls) {
    if (!before(stall, kept.front())) return;
    std::pop_heap(kept.begin(), kept.end(), before);
    keeper_.unpin(kept.back().task);
    kept.pop_back();
  }
  keeper_.pin(stall.task);
  kept.push_back(std::move(stall));
  std::push_heap(kept.begin(), kept.end(), before);
}

void Stalls::finish() {
  std::sort(trace_.stalls.begin(), trace_.stalls.end(), before);
  std::map<std::uint32_t, Rows> threads;
  for (Stall& stall : trace_.stalls) threads[stall.thread].push_back({.stall = &stall});
  for (auto& [thread, rows] : threads) {
    std::sort(rows.begin(), rows.end(),
              [](const Row& a, const Row& b) { return a.stall->begin < b.stall->begin; });
    if (Watchdog::OfThread* seen = watchdog_.of(thread); seen != nullptr) {
      attach(rows, seen->samples);
      for (const Watchdog::Sighting& sighting : seen->sightings) share(rows, sighting);
      for (const RunQueueWait& wait : seen->waits) add_wait(rows, wait);
    }
    for (const Row& row : rows) judge(row);
  }
  for (auto& [thread, seen] : watchdog_.threads()) {
    for (const StallSample& sample : seen.samples) keeper_.unpin(sample.task);
    seen.samples.clear();
  }
}

// Moves samples out of the list; those that are in no stall stay there.
void Stalls::attach(Rows& rows, std::vector<StallSample>& samples) {
  std::vector<StallSample> outside;
  auto next = rows.begin();  // the first stall that begins later
  for (StallSample& sample : samples) {
    while (next != rows.end() && next->stall->begin <= sample.at) ++next;
    Stall* const stall = next == rows.begin() ? nullptr : std::prev(next)->stall;
    if (stall != nullptr && sample.at <= end_of(*stall)) {
      stall->samples.push_back(std::move(sample));
    } else {
      outside.push_back(std::move(sample));
    }
  }
  samples = std::move(outside);
}

void Stalls::share(Rows& rows, const Watchdog::Sighting& sighting) {
  Nanos total = 0;
  for_each_overlap(rows, sighting.begin, sighting.end,
                   [&](Row&, Nanos overlap) { total = add_saturating(total, overlap); });
  std::uint64_t suppressed = sighting.suppressed;
  Row* most = nullptr;
  Nanos most_overlap = 0;
  for_each_overlap(rows, sighting.begin, sighting.end, [&](Row& row, Nanos overlap) {
    Stall& stall = *row.stall;
    row.wait_of_sightings =
        add_saturating(row.wait_of_sightings, part(sighting.run_queue_wait, overlap, total));
    if (sighting.end != kNever || sighting.cpu != 0) {  // else nobody looked once more
      const Nanos cpu = add_saturating(std::max<Nanos>(stall.cpu, 0), part(sighting.cpu, overlap, total));
      stall.cpu = std::min(cpu, stall.duration);
    }
    if (overlap > row.most_overlap) {
      row.most_overlap = overlap;
      row.cause = sighting.cause;
    }
    if (overlap > most_overlap) {
      most_overlap = overlap;
      most = &row;
    }
    const std::uint64_t own = std::min(part(sighting.suppressed, overlap, total), suppressed);
    stall.suppressed += own;
    suppressed -= own;
  });
  if (most == nullptr) return;
  most->stall->suppressed += suppressed;  // what rounding left over
  // Of a tick with several stalls in it each had the same to begin with.
  for_each_overlap(rows, sighting.begin, sighting.end, [&](Row& row, Nanos) {
    row.stall->woken_events = sighting.woken_events;
    row.stall->woken_by = sighting.woken_by;
  });
}

void Stalls::add_wait(Rows& rows, const RunQueueWait& wait) {
  for_each_overlap(rows, wait.from, wait.to, [&](Row& row, Nanos overlap) {
    row.wait_between_looks = add_saturating(row.wait_between_looks, std::min(wait.wait, overlap));
  });
}

void Stalls::judge(const Row& row) {
  Stall& stall = *row.stall;
  stall.run_queue_wait = std::min(std::max(row.wait_of_sightings, row.wait_between_looks), stall.duration);
  weigh(stall);
  stall.cause = stall.samples.empty() ? cause_text(row.cause) : cause_of_most(stall);
  if (stall.run_queue_wait >= stall.duration - stall.run_queue_wait) stall.cause = cause_text(kNotScheduled);
}

void Stalls::renumber(const std::vector<TaskIndex>& number) {
  const auto change = [&](TaskIndex& task) {
    if (task != kNoTask) task = number[task];
  };
  for (Stall& stall : trace_.stalls) {
    change(stall.task);
    for (StallSample& sample : stall.samples) change(sample.task);
  }
}

}  // namespace loopscope::trace
