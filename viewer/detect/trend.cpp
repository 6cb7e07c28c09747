#include "viewer/detect/trend.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace loopscope::detect {

double mann_kendall(std::span<const double> series) {
  if (series.size() < 3) return 0;
  double rises = 0;
  for (std::size_t a = 0; a < series.size(); ++a) {
    for (std::size_t b = a + 1; b < series.size(); ++b) {
      rises += series[b] > series[a] ? 1 : series[b] < series[a] ? -1 : 0;
    }
  }
  std::vector<double> sorted(series.begin(), series.end());
  std::sort(sorted.begin(), sorted.end());
  const auto term = [](double n) { return n * (n - 1) * (2 * n + 5); };
  double variance = term(static_cast<double>(sorted.size()));
  for (std::size_t first = 0; first < sorted.size();) {
    std::size_t next = first;
    while (next < sorted.size() && sorted[next] == sorted[first]) ++next;
    variance -= term(static_cast<double>(next - first));
    first = next;
  }
  variance /= 18;
  if (variance <= 0 || rises == 0) return 0;
  return (rises > 0 ? rises - 1 : rises + 1) / std::sqrt(variance);
}

double theil_sen(std::span<const double> series) {
  std::vector<double> slopes;
  for (std::size_t a = 0; a < series.size(); ++a) {
    for (std::size_t b = a + 1; b < series.size(); ++b) {
      slopes.push_back((series[b] - series[a]) / static_cast<double>(b - a));
    }
  }
  if (slopes.empty()) return 0;
  const std::size_t middle = slopes.size() / 2;
  std::nth_element(slopes.begin(), slopes.begin() + static_cast<std::ptrdiff_t>(middle), slopes.end());
  const double upper = slopes[middle];
  if (slopes.size() % 2 == 1) return upper;
  return (upper + *std::max_element(slopes.begin(), slopes.begin() + static_cast<std::ptrdiff_t>(middle))) /
         2;
}

}  // namespace loopscope::detect
