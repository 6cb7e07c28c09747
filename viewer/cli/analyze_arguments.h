// argv of `loopscope analyze` → what it is to do. Called by analyze.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "viewer/cli/questions.h"
#include "viewer/detect/finding.h"
#include "viewer/detect/limits.h"

namespace loopscope::cli {

struct AnalyzeArguments {
  enum class Format { text, json, html, junit, github };
  Format format = Format::text;
  std::string output;  // "": standard output
  std::optional<detect::Severity> fail_on_severity;
  std::vector<std::string> fail_on_detectors;
  detect::Limits limits;
  bool streaming = false;
  Questions questions;
  std::vector<std::string> traces;  // at least one

  // Some finding is what --fail-on asked for: of that severity or worse, or a detector's warning or worse.
  bool fails(const std::vector<detect::Finding>& findings) const;
  bool fails(const detect::Finding& finding) const;
  bool asks_for_failure() const { return fail_on_severity || !fail_on_detectors.empty(); }
};

// Nothing if the command ends here (help, a mistake): then `status` is its exit code and what there is to say has
// been said.
std::optional<AnalyzeArguments> parse_analyze_arguments(int argc, char** argv, int& status);

}  // namespace loopscope::cli
