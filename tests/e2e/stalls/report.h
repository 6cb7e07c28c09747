// What `loopscope analyze --format json` says of a recording, for tests that know what was planted.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tests/e2e/libuv/program.h"

// Fails the test if there is no report.
nlohmann::json report_on(const std::string& trace_path);

// The line of a source file that ends in "// the block"; 0 if there is none.
int planted_line(const std::string& source_path);

// Whether some frame of a stall's stack is in such a function.
bool goes_through(const nlohmann::json& stall, const std::string& function);

// Within 5 %.
bool is_about(double measured_ms, double truth_ms);
void expect_about(double measured_ms, double truth_ms);
