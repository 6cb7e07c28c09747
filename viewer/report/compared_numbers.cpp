#include "viewer/report/compared_numbers.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "viewer/base/text.h"

namespace loopscope::report {
namespace {

Counted counted(const Measured& sums, double seconds) {
  return {sums.value * static_cast<double>(sums.by_run.size()), seconds};
}

std::string rate_text(double rate) {
  return rate == 0   ? "0/s"
         : rate < 10 ? fmt::format("{:.2f}/s", rate)
                     : fmt::format("{}/s", count_text(whole_count(rate)));
}

std::string quantile_text(const Histogram& histogram, double q) {
  return histogram.count() == 0 ? "-" : duration_text(histogram.quantile(q));
}

Histogram merged(const Histograms& histograms) {
  Histogram sum;
  for (const Histogram* histogram : histograms) {
    if (histogram != nullptr) sum.merge(*histogram);
  }
  return sum;
}

struct ProcessorWaits {
  double total = 0;  // seconds
  Nanos longest = 0;
};

ProcessorWaits processor_waits(const model::Trace& trace) {
  ProcessorWaits waits;
  for (const model::RunQueueWait& wait : trace.run_queue_waits) {
    if (wait.thread == model::RunQueueWait::kWatchdog) continue;
    waits.total += number(std::max<Nanos>(wait.wait, 0)) / 1e9;
    waits.longest = std::max(waits.longest, wait.wait);
  }
  return waits;
}

}  // namespace

Nanos whole(double ns) { return static_cast<Nanos>(std::clamp(ns, -9e18, 9e18)); }
std::uint64_t whole_count(double count) {
  return static_cast<std::uint64_t>(std::clamp(count + 0.5, 0.0, 1e18));
}

std::optional<double> percent_from(double base, double now) {
  if (!(base > 0)) return std::nullopt;
  return (now - base) / base * 100;
}

double seconds_of(const Contents& run) {
  return number(std::max<Nanos>(subtract_saturating(run.trace.end, run.trace.begin), 1)) / 1e9;
}

Sides::Sides(Side base, Side now) : base_(base), now_(now) {
  // Runs tell how far they lie apart as soon as there are two degrees of freedom.
  std::size_t rows = 0;
  runs_known_ = base.size() + now.size() >= 4;
  for (const Side side : {base, now}) {
    for (const Contents& run : side) {
      const ProcessorWaits waits = processor_waits(run.trace);
      const double waited = waits.total;
      longest_wait_ = std::max(longest_wait_, waits.longest);
      busiest_ = std::max(busiest_, waited / seconds_of(run));
      double busy = 0;
      for (const model::Loop& loop : run.trace.loops) busy += number(loop.busy_ns) / 1e9;
      // Busy time is by the clock, so it has the waiting in it; beyond some times over nothing can be said.
      constexpr double kMost = 10;
      stretched_ = std::max(stretched_, busy > waited ? std::min(busy / (busy - waited), kMost) : kMost);
      rows += 8 + run.findings.size() + 4 * run.trace.loops.size() + 4 * run.trace.sites.size();
    }
  }
  chance_ = kChance / static_cast<double>(std::max<std::size_t>(rows / (base.size() + now.size()), 1));
  for (const Contents& run : base) base_seconds_ += seconds_of(run);
  for (const Contents& run : now) now_seconds_ += seconds_of(run);
}

double Sides::least_time_share() const {
  // How far runs of a busy machine lie apart is known as well, if there are several.
  if (is_busy()) return runs_known_ ? kLeastBusyShare : stretched_ * (1 + kLeastBusyShare) - 1;
  return runs_known_ ? kLeastShare : kLeastTimeShare;
}

double Sides::least_latency_share() const { return is_busy() ? kLeastBusyShare : least_time_share(); }

Nanos Sides::least_latency(double q) const {
  // The rare ones are those that met a wait for a processor.
  constexpr double kRare = 0.9;
  return is_busy() && q > kRare ? std::max(kLeastLatency, longest_wait_) : kLeastLatency;
}

Change Sides::judge(const Measured& base, const Measured& now, double least, double share, bool real,
                    Taste taste) const {
  const double difference = now.value - base.value;
  // By the smaller of both, so that the way back is as far.
  const double least_by_share = share * std::min(std::abs(base.value), std::abs(now.value));
  if (!real || !(std::abs(difference) > least) || std::abs(difference) < least_by_share) return Change::same;
  if (!runs_differ(base.by_run, now.by_run).value_or(true)) return Change::same;
  if (taste == Taste::none) return difference > 0 ? Change::more : Change::less;
  return difference > 0 ? Change::worse : Change::better;
}

Measured by_second(Sides::Side side, Measured sums) {
  double total = 0;
  double seconds = 0;
  for (std::size_t run = 0; run < side.size(); ++run) {
    total += sums.by_run[run];
    seconds += seconds_of(side[run]);
    sums.by_run[run] /= seconds_of(side[run]);
  }
  sums.value = total / seconds;
  return sums;
}

Compared compared(const Measured& base, const Measured& now, std::string base_text, std::string now_text,
                  std::string unit, double in_unit, Change change) {
  return {std::move(base_text),
          std::move(now_text),
          percent_from(base.value, now.value),
          change,
          base.value * in_unit,
          now.value * in_unit,
          std::move(unit)};
}

Compared counts(const Sides& sides, const Measured& base, const Measured& now, double share, Taste taste) {
  const Measured base_rate = by_second(sides.base(), base);
  const Measured now_rate = by_second(sides.now(), now);
  const Counted base_events = counted(base, sides.base_seconds());
  const Counted now_events = counted(now, sides.now_seconds());
  const double base_runs = number(std::uint64_t{base.by_run.size()});
  const double now_runs = number(std::uint64_t{now.by_run.size()});
  const Change of_all = sides.judge(
      base, now, 0, share,
      rates_differ({base_events.events, base_runs}, {now_events.events, now_runs}, sides.chance()), taste);
  const Change of_rate = sides.judge(base_rate, now_rate, 0, share,
                                     rates_differ(base_events, now_events, sides.chance()), taste);
  return compared(base, now, count_text(whole_count(base.value)), count_text(whole_count(now.value)), "", 1,
                  of_all == of_rate ? of_all : Change::same);
}

Compared rates(const Sides& sides, const Measured& base, const Measured& now, Taste taste) {
  const Measured base_rate = by_second(sides.base(), base);
  const Measured now_rate = by_second(sides.now(), now);
  const bool real =
      rates_differ(counted(base, sides.base_seconds()), counted(now, sides.now_seconds()), sides.chance());
  return compared(base_rate, now_rate, rate_text(base_rate.value), rate_text(now_rate.value), "1/s", 1,
                  sides.judge(base_rate, now_rate, 0, kLeastShare, real, taste));
}

Compared totals(const Sides& sides, const Measured& base, const Measured& now, double base_largest,
                double now_largest, bool longer) {
  const Measured base_rate = by_second(sides.base(), base);
  const Measured now_rate = by_second(sides.now(), now);
  const double base_runs = number(std::uint64_t{base.by_run.size()});
  const double now_runs = number(std::uint64_t{now.by_run.size()});
  const auto real = [&](double base_time, double now_time) {
    return longer || sums_differ({base.value * base_runs, base_largest, base_time},
                                 {now.value * now_runs, now_largest, now_time}, sides.chance());
  };
  const double share = sides.least_time_share();
  const Change of_all =
      sides.judge(base, now, number(kLeastTotal), share, real(base_runs, now_runs), Taste::less_is_better);
  const Change of_rate = sides.judge(base_rate, now_rate, number(kLeastTotal), share,
                                     real(sides.base_seconds(), sides.now_seconds()), Taste::less_is_better);
  return compared(base, now, duration_text(whole(base.value)), duration_text(whole(now.value)), "ms", 1e-6,
                  of_all == of_rate ? of_all : Change::same);
}

Compared time_shares(const Sides& sides, const Measured& base, const Measured& now, double base_largest,
                     double now_largest) {
  const Measured base_rate = by_second(sides.base(), base);
  const Measured now_rate = by_second(sides.now(), now);
  const auto sum = [](const Measured& of, double largest, double seconds) {
    return Summed{of.value * static_cast<double>(of.by_run.size()), largest, seconds};
  };
  const bool real = sums_differ(sum(base, base_largest, sides.base_seconds()),
                                sum(now, now_largest, sides.now_seconds()), sides.chance());
  const auto text = [](double ns) { return duration_text(whole(ns)) + "/s"; };
  return compared(base_rate, now_rate, text(base_rate.value), text(now_rate.value), "ms/s", 1e-6,
                  sides.judge(base_rate, now_rate, number(kLeastTotal), sides.least_time_share(), real,
                              Taste::less_is_better));
}

Compared quantiles(const Sides& sides, const Histograms& bases, const Histograms& nows, double q,
                   bool more_real) {
  const Histogram base = merged(bases);
  const Histogram now = merged(nows);
  Compared row{quantile_text(base, q), quantile_text(now, q), std::nullopt, Change::same, {}, {}, "ms"};
  if (base.count() > 0) row.base_number = to_ms(base.quantile(q));
  if (now.count() > 0) row.now_number = to_ms(now.quantile(q));
  if (base.count() == 0 || now.count() == 0) return row;
  const auto measured = [q](const Histograms& of, const Histogram& all) {
    Measured result;
    for (const Histogram* one : of) {
      if (one != nullptr && one->count() > 0) result.by_run.push_back(number(one->quantile(q)));
    }
    result.value = number(all.quantile(q));
    return result;
  };
  const Measured before = measured(bases, base);
  const Measured after = measured(nows, now);
  row.percent = percent_from(before.value, after.value);
  const auto base_bounds = quantile_bounds(base, q, sides.chance());
  const auto now_bounds = quantile_bounds(now, q, sides.chance());
  const bool apart = base_bounds && now_bounds &&
                     (base_bounds->second < now_bounds->first || now_bounds->second < base_bounds->first);
  row.change = sides.judge(before, after, number(sides.least_latency(q)), sides.least_latency_share(),
                           apart && more_real, Taste::less_is_better);
  return row;
}

}  // namespace loopscope::report
