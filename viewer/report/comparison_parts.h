// The parts of a comparison. Called by comparison.cpp. Pure.
#pragma once

#include <vector>

#include "viewer/report/compared_numbers.h"
#include "viewer/report/comparison.h"

namespace loopscope::report {

// compared_facts: of the whole trace, and of each loop.
std::vector<FactRow> compare_facts(const Sides& sides);
// compared_findings: most important first.
std::vector<FindingRow> compare_findings(const Sides& sides);
// compared_sites: the same for places that create tasks.
std::vector<SiteChange> compare_sites(const Sides& sides);

// Important changes before unimportant ones.
int rank_of(Change change);

}  // namespace loopscope::report
