#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/report/comparison_parts.h"
#include "viewer/report/matched_runs.h"
#include "viewer/report/stall_facts.h"
#include "viewer/report/summary.h"

namespace loopscope::report {
namespace {

std::vector<double> durations(const std::vector<model::Stall>& stalls,
                              const std::function<bool(std::size_t)>& which) {
  std::vector<double> found;
  for (std::size_t at = 0; at < stalls.size(); ++at) {
    if (which(at)) found.push_back(number(stalls[at].duration));
  }
  return found;
}

std::string name_of_loop(const model::Loop& loop) {
  const std::string& name = loop.name.empty() ? loop.thread : loop.name;
  return fmt::format("loop {}{}{}", loop.id, name.empty() ? "" : " ", name);
}

void add_loops(const Sides& sides, std::vector<FactRow>& facts) {
  const auto is_shown = [](const model::Loop& loop) { return loop.ticks > 0 || loop.lag.count() > 0; };
  Matching<LoopKey> loops(sides.base().size(), sides.now().size());
  const auto each_loop = [&](Sides::Side side, const auto& add) {
    for (std::size_t run = 0; run < side.size(); ++run) {
      for (std::size_t at = 0; at < side[run].trace.loops.size(); ++at) {
        if (is_shown(side[run].trace.loops[at]))
          add(loop_key(side[run].trace, side[run].trace.loops[at]), run, at);
      }
    }
  };
  each_loop(sides.base(),
            [&](const LoopKey& key, std::size_t run, std::size_t at) { loops.add_base(key, run, at); });
  each_loop(sides.now(),
            [&](const LoopKey& key, std::size_t run, std::size_t at) { loops.add_now(key, run, at); });
  const auto stalls_of = [](Sides::Side side) {
    std::vector<std::vector<LoopStalls>> stalls;
    for (const Contents& run : side) stalls.push_back(stalls_by_loop(run.trace));
    return stalls;
  };
  const auto base_stalls = stalls_of(sides.base());
  const auto now_stalls = stalls_of(sides.now());

  loops.each([&](const Slot& base, const Slot& now) {
    static const model::Loop kNone;
    const auto in = [](Sides::Side side, const Slot& slot) {
      std::vector<const model::Loop*> found;
      for (std::size_t run = 0; run < side.size(); ++run)
        found.push_back(slot[run] ? &side[run].trace.loops[*slot[run]] : &kNone);
      return found;
    };
    const std::vector<const model::Loop*> before = in(sides.base(), base);
    const std::vector<const model::Loop*> after = in(sides.now(), now);
    const auto shown = first_run(now);
    const std::string name = name_of_loop(shown ? *after[*shown] : *before[*first_run(base)]);
    const auto add = [&](const char* what, Compared value) {
      if (present(base) == 0) value.base = "-", value.change = Change::appeared, value.base_number.reset();
      if (present(now) == 0) value.now = "-", value.change = Change::gone, value.now_number.reset();
      if (present(base) == 0 || present(now) == 0) value.percent.reset();
      facts.push_back({name + " " + what, std::move(value)});
    };

    const auto busy = [](const std::vector<const model::Loop*>& of) {
      Measured sum;
      for (const model::Loop* loop : of) sum.by_run.push_back(number(loop->busy_ns));
      return sum;
    };
    const auto used = [](const std::vector<const model::Loop*>& of) {
      Measured share;
      double all_busy = 0;
      double all = 0;
      for (const model::Loop* loop : of) {
        share.by_run.push_back(utilization(*loop));
        all_busy += number(loop->busy_ns);
        all += number(loop->busy_ns) + number(loop->idle_ns);
      }
      share.value = all > 0 ? std::clamp(all_busy / all, 0.0, 1.0) : 0;
      return share;
    };
    const auto largest = [](const std::vector<const model::Loop*>& of) {
      Nanos most = 0;
      for (const model::Loop* loop : of) most = std::max(most, loop->tick_busy.max());
      return number(most);
    };
    const auto whole_busy = [](const Measured& of) {
      double sum = 0;
      for (const double one : of.by_run) sum += one;
      return sum;
    };
    const Measured base_used = used(before);
    const Measured now_used = used(after);
    const bool busy_real =
        sums_differ({whole_busy(busy(before)), largest(before), sides.base_seconds()},
                    {whole_busy(busy(after)), largest(after), sides.now_seconds()}, sides.chance());
    add("utilization",
        compared(base_used, now_used, percent_text(base_used.value), percent_text(now_used.value), "%", 100,
                 sides.judge(base_used, now_used, kLeastUtilization, sides.least_time_share(), busy_real,
                             Taste::less_is_better)));

    // One stall makes many late: whether lag has changed is asked of the slices of the trace as well.
    const auto worst = [](const std::vector<const model::Loop*>& of) {
      std::vector<double> slices;
      for (const model::Loop* loop : of) {
        // Sixteen neighbours are one: what holds a loop may be longer than a slice.
        constexpr std::size_t kNeighbours = 16;
        for (std::size_t at = 0; at < loop->worst_lag_by_slice.size(); at += kNeighbours) {
          Nanos most = 0;
          for (std::size_t next = at; next < std::min(at + kNeighbours, loop->worst_lag_by_slice.size());
               ++next)
            most = std::max(most, loop->worst_lag_by_slice[next]);
          slices.push_back(number(most));
        }
      }
      return slices;
    };
    const auto lags = [](const std::vector<const model::Loop*>& of) {
      Histograms found;
      for (const model::Loop* loop : of) found.push_back(&loop->lag);
      return found;
    };
    const bool lag_real = is_shifted(worst(before), worst(after), kChance);
    add("lag p50", quantiles(sides, lags(before), lags(after), 0.5, lag_real));
    add("lag p99", quantiles(sides, lags(before), lags(after), 0.99, lag_real));

    // One moment of a run says nothing of the next run: only several runs do.
    const auto maximum = [](const std::vector<const model::Loop*>& of) {
      Measured most;
      for (const model::Loop* loop : of) {
        most.by_run.push_back(number(loop->lag.max()));
        most.value = std::max(most.value, most.by_run.back());
      }
      return most;
    };
    const Measured base_max = maximum(before);
    const Measured now_max = maximum(after);
    const bool max_real = runs_differ(base_max.by_run, now_max.by_run).value_or(false);
    add("lag max", compared(base_max, now_max, duration_text(whole(base_max.value)),
                            duration_text(whole(now_max.value)), "ms", 1e-6,
                            sides.judge(base_max, now_max, number(sides.least_latency(1)),
                                        sides.least_latency_share(), max_real, Taste::less_is_better)));

    const auto blocked = [](const std::vector<std::vector<LoopStalls>>& stalls, const Slot& slot) {
      Measured sum;
      for (std::size_t run = 0; run < slot.size(); ++run) {
        sum.by_run.push_back(slot[run] ? number(stalls[run][*slot[run]].blocked) : 0);
        sum.value += sum.by_run.back() / number(std::uint64_t{slot.size()});
      }
      return sum;
    };
    const auto pieces = [](Sides::Side side, const Slot& slot) {
      std::vector<double> all;
      for (std::size_t run = 0; run < side.size(); ++run) {
        const std::vector<model::Stall>& stalls = side[run].trace.stalls;
        const std::vector<double> some =
            durations(stalls, [&](std::size_t at) { return slot[run] && stalls[at].loop == *slot[run]; });
        all.insert(all.end(), some.begin(), some.end());
      }
      return all;
    };
    add("blocked",
        totals(sides, blocked(base_stalls, base), blocked(now_stalls, now), largest(before), largest(after),
               is_shifted(pieces(sides.base(), base), pieces(sides.now(), now), kChanceOfLonger)));
  });
}

double longest_stall(Sides::Side side) {
  Nanos longest = 0;
  for (const Contents& run : side) {
    if (!run.trace.stalls.empty()) longest = std::max(longest, run.trace.stalls.front().duration);
  }
  return number(longest);
}

}  // namespace

std::vector<FactRow> compare_facts(const Sides& sides) {
  const auto summaries = [](Sides::Side side) {
    std::vector<TaskSummary> all;
    for (const Contents& run : side) all.push_back(summary_of_tasks(run.trace));
    return all;
  };
  const std::vector<TaskSummary> base_tasks = summaries(sides.base());
  const std::vector<TaskSummary> now_tasks = summaries(sides.now());
  const auto of_trace = [](Sides::Side side, const auto& value) {
    return each(side, [&](std::size_t run) { return number(value(side[run].trace)); });
  };
  const auto of_tasks = [](Sides::Side side, const std::vector<TaskSummary>& tasks,
                           std::uint64_t TaskSummary::*value) {
    return each(side, [&](std::size_t run) { return number(tasks[run].*value); });
  };
  std::vector<FactRow> facts;
  const auto sums = [](const Sides& both, const Measured& base, const Measured& now, Taste taste) {
    return counts(both, base, now, kLeastShare, taste);
  };
  // What piles up while nothing runs.
  const auto timings = [](const Sides& both, const Measured& base, const Measured& now, Taste taste) {
    return counts(both, base, now, both.least_time_share(), taste);
  };
  const auto add = [&](const char* name, const auto& compare_them, const auto& value, Taste taste) {
    facts.push_back(
        {name, compare_them(sides, of_trace(sides.base(), value), of_trace(sides.now(), value), taste)});
  };
  const auto add_tasks = [&](const char* name, const auto& compare_them, std::uint64_t TaskSummary::*value,
                             Taste taste) {
    facts.push_back({name, compare_them(sides, of_tasks(sides.base(), base_tasks, value),
                                        of_tasks(sides.now(), now_tasks, value), taste)});
  };
  const auto duration = [](Sides::Side side) {
    return each(side, [&](std::size_t run) { return seconds_of(side[run]) * 1e9; });
  };
  const Measured from = duration(sides.base());
  const Measured to = duration(sides.now());
  facts.push_back(
      {"duration",
       compared(from, to, duration_text(whole(from.value)), duration_text(whole(to.value)), "ms", 1e-6,
                sides.judge(from, to, number(kLeastTotal), kLeastShare, true, Taste::none))});
  add(
      "events", sums, [](const model::Trace& trace) { return trace.events; }, Taste::none);
  add(
      "events a second", rates, [](const model::Trace& trace) { return trace.events; }, Taste::none);
  add(
      "events lost", sums, [](const model::Trace& trace) { return trace.integrity.lost_events; },
      Taste::less_is_better);
  add_tasks("tasks created", rates, &TaskSummary::created, Taste::none);
  add_tasks("tasks failed", rates, &TaskSummary::failed, Taste::less_is_better);
  add_tasks("tasks pending", sums, &TaskSummary::pending, Taste::less_is_better);
  add(
      "most pending at once", timings, [](const model::Trace& trace) { return trace.peak_pending; },
      Taste::less_is_better);
  add(
      "stalls", timings, [](const model::Trace& trace) { return stalls_in_all(trace); },
      Taste::less_is_better);
  const auto stalled = [](const model::Trace& trace) { return stalled_in_all(trace); };
  const auto all_stalls = [](Sides::Side side) {
    std::vector<double> all;
    for (const Contents& run : side) {
      const std::vector<double> some = durations(run.trace.stalls, [](std::size_t) { return true; });
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  };
  facts.push_back(
      {"blocked", totals(sides, of_trace(sides.base(), stalled), of_trace(sides.now(), stalled),
                         longest_stall(sides.base()), longest_stall(sides.now()),
                         is_shifted(all_stalls(sides.base()), all_stalls(sides.now()), kChanceOfLonger))});
  add_loops(sides, facts);
  return facts;
}

}  // namespace loopscope::report
