// argv of `loopscope export` → what it is to do. Called by export.
#pragma once

#include <optional>
#include <string>

namespace loopscope::cli {

struct ExportArguments {
  enum class Format { folded, speedscope };
  Format format = Format::folded;
  std::string output;  // "": standard output
  bool streaming = false;
  std::string trace;
};

// Nothing if the command ends here (help, a mistake): then `status` is its exit code and what there is to say has
// been said.
std::optional<ExportArguments> parse_export_arguments(int argc, char** argv, int& status);

}  // namespace loopscope::cli
