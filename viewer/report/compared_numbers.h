// One number of both sides of a comparison, each of one or several traces: what it is, and whether the difference is real and
// large enough to matter. Called by the parts of a comparison. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "viewer/base/histogram.h"
#include "viewer/report/comparison.h"
#include "viewer/report/significance.h"

namespace loopscope::report {

enum class Taste : std::uint8_t { less_is_better, none };

inline double number(std::uint64_t count) { return static_cast<double>(count); }
inline double number(Nanos time) { return static_cast<double>(time); }

// At least a nanosecond.
double seconds_of(const Contents& run);

// A number of each run, and what stands for all of them.
struct Measured {
  std::vector<double> by_run;
  double value = 0;
};

// The traces of both sides, and what is a difference between them.
class Sides {
 public:
  using Side = std::span<const Contents>;

  // Both outlive it; neither is empty.
  Sides(Side base, Side now);

  Side base() const { return base_; }
  Side now() const { return now_; }
  double base_seconds() const { return base_seconds_; }
  double now_seconds() const { return now_seconds_; }
  // The part of kChance that falls to one number.
  double chance() const { return chance_; }
  // The largest share of its time that a run's threads waited for a processor.
  double busiest() const { return busiest_; }
  bool is_busy() const { return busiest_ > kBusyShare; }
  // What a difference has to be of sums of times, and of quantiles of latencies: see kLeastTimeShare and its neighbours.
  double least_time_share() const;
  double least_latency_share() const;
  Nanos least_latency(double q) const;

  // `least` and `share` are what a difference has to be to matter; `real`: it is more than chance makes of one run.
  Change judge(const Measured& base, const Measured& now, double least, double share, bool real,
               Taste taste) const;

 private:
  Side base_;
  Side now_;
  double base_seconds_ = 0;
  double now_seconds_ = 0;
  bool runs_known_ = false;
  double busiest_ = 0;
  Nanos longest_wait_ = 0;  // for a processor
  double stretched_ = 1;    // how many times longer the busiest run's loops may have been busy for that
  double chance_ = kChance;
};

// Counts of one side: `of` a run.
template <class Of>
Measured each(Sides::Side side, Of of) {
  Measured measured;
  for (std::size_t run = 0; run < side.size(); ++run) {
    measured.by_run.push_back(of(run));
    measured.value += measured.by_run.back() / number(std::uint64_t{side.size()});
  }
  return measured;
}

// By the second: what a side's runs have together, in their time together.
Measured by_second(Sides::Side side, Measured sums);

// The number with its texts in both; `in_unit` is one of `value` in that unit.
Compared compared(const Measured& base, const Measured& now, std::string base_text, std::string now_text,
                  std::string unit, double in_unit, Change change);

std::optional<double> percent_from(double base, double now);

// Of what grows with the length of a trace, or may: a change only if it is one as it stands and by the second.
// `share`: how much of it is a difference.
Compared counts(const Sides& sides, const Measured& base, const Measured& now, double share, Taste taste);

// Counts, each for a second of its trace.
Compared rates(const Sides& sides, const Measured& base, const Measured& now, Taste taste);

// Sums of times in ns, of pieces of at most `base_largest` and `now_largest`; `longer`: the pieces themselves are known to
// differ.
Compared totals(const Sides& sides, const Measured& base, const Measured& now, double base_largest,
                double now_largest, bool longer = false);

// The same for each second of the trace.
Compared time_shares(const Sides& sides, const Measured& base, const Measured& now, double base_largest,
                     double now_largest);

// One a run; nullptr where a run has none.
using Histograms = std::vector<const Histogram*>;

// `more_real`: what else has to hold for a difference, where samples of one run depend on each other.
Compared quantiles(const Sides& sides, const Histograms& base, const Histograms& now, double q,
                   bool more_real);

// Whole numbers of what is not; what is not finite or too large ends at the largest.
Nanos whole(double ns);
std::uint64_t whole_count(double count);

// Few long stalls that all got longer are no accident, however few they are.
inline constexpr double kChanceOfLonger = kChance / 5;

}  // namespace loopscope::report
