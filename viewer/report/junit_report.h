// The report for test runners and dashboards: JUnit XML, a test suite a trace and a test case a detector. Called by the
// command line. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "viewer/report/contents.h"

namespace loopscope::report {

// Which findings are failures; what is none stands in the output of its test case.
using Fails = std::function<bool(const detect::Finding&)>;

struct JunitSuite {
  std::string xml;
  std::size_t tests = 0;
  std::size_t failures = 0;  // detectors with at least one finding that fails
  std::size_t errors = 0;
};

JunitSuite junit_suite(const Contents& contents, const Fails& fails);

// Of a trace that cannot be read: one test case with an error.
JunitSuite junit_error(const std::string& path, const std::string& error);

// The whole document. Valid XML 1.0 in UTF-8 whatever the names are.
std::string junit_report(std::span<const JunitSuite> suites);

}  // namespace loopscope::report
