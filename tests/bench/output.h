// The table in files: JSON for programs, a baseline for the next run, a section of a page for people.
#pragma once

#include <string>

#include "tests/bench/table.h"

namespace loopscope::bench {

// {"control_ns", "rows": [{"name", "value", "target", "unit", "ok", ...}], "scale": [...], "machine": {...},
// "others_busy"}.
// False if it cannot be written.
bool write_json(const Table& table, const Circumstances& circumstances, const std::string& path);

// The rows' values by name. A missing or broken file is an empty baseline.
Baseline read_baseline(const std::string& path);

// Takes the measured rows into the baseline; those that this run did not measure stay.
bool save_baseline(const Table& table, const std::string& path);

// Puts machine, control and rows between the lines "<!-- bench: begin -->" and "<!-- bench: end -->" of a page.
// False if the page has no such lines or cannot be written.
bool write_markdown(const Table& table, const Circumstances& circumstances, const std::string& path);

}  // namespace loopscope::bench
