#include "viewer/report/significance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace loopscope::report {
namespace {

// Share of a normal distribution beyond `deviations`, both sides.
double beyond(double deviations) { return std::erfc(deviations / std::sqrt(2.0)); }

// P(X <= k) of n trials with probability p each, by terms in logarithms.
double binomial_up_to(double k, double n, double p) {
  if (k < 0) return 0;
  double sum = 0;
  for (double at = 0; at <= k; ++at) {
    sum += std::exp(std::lgamma(n + 1) - std::lgamma(at + 1) - std::lgamma(n - at + 1) + at * std::log(p) +
                    (n - at) * std::log1p(-p));
  }
  return std::min(sum, 1.0);
}

}  // namespace

double deviations_of(double probability) {
  double low = 0;
  double high = 40;
  for (int step = 0; step < 60; ++step) {
    const double middle = (low + high) / 2;
    (beyond(middle) > probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

bool rates_differ(const Counted& base, const Counted& now, double probability) {
  const double n = base.events + now.events;
  const double time = base.seconds + now.seconds;
  if (!(n > 0) || !(time > 0)) return false;
  const double p = std::clamp(now.seconds / time, 1e-12, 1 - 1e-12);
  constexpr double kExact = 1000;  // above, the normal distribution says the same
  if (n > kExact)
    return std::abs(now.events - n * p) > deviations_of(probability) * std::sqrt(n * p * (1 - p));
  const double at_most = binomial_up_to(now.events, n, p);
  const double at_least = 1 - binomial_up_to(now.events - 1, n, p);
  return 2 * std::min(at_most, at_least) < probability;
}

bool sums_differ(const Summed& base, const Summed& now, double probability) {
  const auto variance = [](const Summed& sum) {
    return std::max(sum.total, 0.0) * std::max(sum.largest, 0.0) / (sum.seconds * sum.seconds);
  };
  if (!(base.seconds > 0) || !(now.seconds > 0)) return false;
  const double difference = now.total / now.seconds - base.total / base.seconds;
  return std::abs(difference) > deviations_of(probability) * std::sqrt(variance(base) + variance(now));
}

std::optional<std::pair<Nanos, Nanos>> quantile_bounds(const Histogram& histogram, double q,
                                                       double probability) {
  const double n = static_cast<double>(histogram.count());
  const double spread = deviations_of(probability) * std::sqrt(n * q * (1 - q));
  const double low = n * q - spread;
  const double high = n * q + spread + 1;
  if (low < 1 || high > n) return std::nullopt;
  return std::pair(histogram.quantile(low / n), histogram.quantile(high / n));
}

bool is_shifted(std::span<const double> base, std::span<const double> now, double probability) {
  const double m = static_cast<double>(base.size());
  const double n = static_cast<double>(now.size());
  if (base.empty() || now.empty()) return false;
  std::vector<std::pair<double, bool>> all;
  for (const double value : base) all.emplace_back(value, false);
  for (const double value : now) all.emplace_back(value, true);
  std::sort(all.begin(), all.end());
  double ranks = 0;  // of `now`
  double ties = 0;
  for (std::size_t from = 0; from < all.size();) {
    std::size_t to = from;
    while (to < all.size() && all[to].first == all[from].first) ++to;
    const double same = static_cast<double>(to - from);
    const double rank = (static_cast<double>(from + to) + 1) / 2;  // the mean of from + 1 ... to
    for (std::size_t at = from; at < to; ++at) ranks += all[at].second ? rank : 0;
    ties += same * same * same - same;
    from = to;
  }
  const double sum = m + n;
  const double u = ranks - n * (n + 1) / 2;
  const double variance = m * n / 12 * (sum + 1 - ties / (sum * (sum - 1)));
  return variance > 0 && std::abs(u - m * n / 2) > deviations_of(probability) * std::sqrt(variance);
}

std::optional<bool> runs_differ(std::span<const double> base, std::span<const double> now) {
  // Two-sided 95 % of Student's distribution for 2, 3 ... degrees of freedom.
  static constexpr std::array<double, 19> kStudent{4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
                                                   2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
                                                   2.120, 2.110, 2.101, 2.093, 2.086};
  if (base.empty() || now.empty() || base.size() + now.size() < 4) return std::nullopt;
  const auto mean = [](std::span<const double> values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
  };
  const auto squares = [&](std::span<const double> values) {
    double sum = 0;
    for (const double value : values) sum += (value - mean(values)) * (value - mean(values));
    return sum;
  };
  const double m = static_cast<double>(base.size());
  const double n = static_cast<double>(now.size());
  const std::size_t freedom = base.size() + now.size() - 2;
  const double t = freedom - 2 < kStudent.size() ? kStudent[freedom - 2] : 2.0;
  const double variance = (squares(base) + squares(now)) / static_cast<double>(freedom);
  return std::abs(mean(now) - mean(base)) > t * std::sqrt(variance * (1 / m + 1 / n));
}

}  // namespace loopscope::report
