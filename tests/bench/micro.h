// Back-to-back calls of the C interface through Google Benchmark: the worst case for a clock read, since nothing
// overlaps with it.
#pragma once

#include <string>

#include "tests/bench/table.h"

namespace loopscope::bench {

// ns per rdtsc in a loop.
double measure_control();

// Rows of single calls, of spans and of whole lives of tasks, in both clock rules. Traces go to `folder`.
void add_micro_rows(Table& table, const std::string& folder);

}  // namespace loopscope::bench
