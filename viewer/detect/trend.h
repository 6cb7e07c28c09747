// Whether a short series rises, and by how much a step, unmoved by outliers. Used by detectors. Pure.
#pragma once

#include <span>

namespace loopscope::detect {

// Mann-Kendall trend test, corrected for ties: standard deviations by which the series rises more than a random
// order would (negative: falls). 0 for fewer than three or equal values. H. B. Mann, Econometrica 13 (1945).
double mann_kendall(std::span<const double> series);

// Theil-Sen estimate of the change from one value to the next: the median of all pairwise slopes. 0 for fewer
// than two values. O(n^2): for tens of values. P. K. Sen, JASA 63 (1968).
double theil_sen(std::span<const double> series);

}  // namespace loopscope::detect
