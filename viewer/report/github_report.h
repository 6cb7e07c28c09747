// The report for GitHub Actions: workflow commands that mark the lines of findings in a pull request. Called by the command
// line. Pure.
#pragma once

#include <string>

#include "viewer/report/contents.h"
#include "viewer/report/junit_report.h"

namespace loopscope::report {

struct GithubOptions {
  // The checkout: GitHub knows files by their path within it. "" leaves paths as they are.
  std::string root;
  Fails fails;  // are errors, whatever their severity
};

// A line a finding, worst first, since GitHub shows ten of a kind a step: ::error for critical ones, ::warning, ::notice.
// "" if there is none.
std::string github_report(const Contents& contents, const GithubOptions& options);

// Of a trace that cannot be read.
std::string github_error(const std::string& error);

}  // namespace loopscope::report
