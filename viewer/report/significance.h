// Whether two measurements differ by more than chance makes them differ. Numbers only: what they are of, and how large a
// difference has to be to matter, is the comparison's business. Pure.
#pragma once

#include <optional>
#include <span>
#include <utility>

#include "viewer/base/histogram.h"
#include "viewer/base/units.h"

namespace loopscope::report {

// How many deviations of a normal distribution are passed, up or down, with this probability: 1.96 for 0.05.
double deviations_of(double probability);

struct Counted {
  double events = 0;
  double seconds = 1;  // in which they were counted
};

// Poisson: events that come by chance, at a rate. Given how many there were in both, those of one are binomial, with its share
// of the time as probability (Przyborowski and Wilenski, Biometrika 31, 1940). Exact for small counts.
bool rates_differ(const Counted& base, const Counted& now, double probability);

struct Summed {
  double total = 0;
  double largest = 0;  // of what was added up
  double seconds = 1;
};

// Sums of pieces that come by chance (compound Poisson): the variance of the sum is that of the pieces' squares, which is at
// most the sum times the largest piece.
bool sums_differ(const Summed& base, const Summed& now, double probability);

// Where the quantile of all that could have been measured lies, by the order of what was (binomial ranks, David and Nagaraja,
// Order Statistics, 7.1). Nothing if there are too few samples to bound it on both sides: of p99 that takes hundreds.
std::optional<std::pair<Nanos, Nanos>> quantile_bounds(const Histogram& histogram, double q,
                                                       double probability);

// Whether the values of one tend to be larger than those of the other (Mann and Whitney 1947, with ties).
bool is_shifted(std::span<const double> base, std::span<const double> now, double probability);

// Runs of the same program differ by more than what happens within one: whether the means of two groups of runs differ for
// that (Student's t, 95 %). Nothing if there are fewer than four runs in all, or a side has none.
std::optional<bool> runs_differ(std::span<const double> base, std::span<const double> now);

}  // namespace loopscope::report
