// argv of `loopscope compare` → what it is to do. Called by compare.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "viewer/detect/finding.h"
#include "viewer/detect/limits.h"
#include "viewer/report/comparison.h"

namespace loopscope::cli {

struct CompareArguments {
  enum class Format { text, json };
  Format format = Format::text;
  std::string output;  // "": standard output
  bool fail_on_worse = false;
  bool fail_on_new = false;
  std::optional<detect::Severity> fail_on_severity;
  std::vector<std::string> fail_on_detectors;
  detect::Limits limits;
  bool streaming = false;
  std::vector<std::string> base;  // paths of traces, at least one
  std::vector<std::string> now;

  // The comparison has what --fail-on asked for.
  bool fails(const report::Comparison& comparison) const;
};

// Nothing if the command ends here (help, a mistake): then `status` is its exit code and what there is to say has
// been said.
std::optional<CompareArguments> parse_compare_arguments(int argc, char** argv, int& status);

}  // namespace loopscope::cli
