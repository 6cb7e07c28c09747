// Whole programs: real work between events, a recorder flat out, libuv under the preloaded agent, reading back.
#pragma once

#include <string>

#include "tests/bench/table.h"

namespace loopscope::bench {

// Cost and bytes of an event in the toy event loop of workload.h.
void add_workload_rows(Table& table, const std::string& folder);

// A program that does nothing but record, then the reading of its trace. `bin` holds the built programs.
void add_flat_out_rows(Table& table, const std::string& bin, const std::string& folder);

// A libuv program with and without the preloaded agent.
void add_preload_rows(Table& table, const std::string& bin, const std::string& folder);

}  // namespace loopscope::bench
