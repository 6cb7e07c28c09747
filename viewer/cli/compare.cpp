// `loopscope compare`: traces of before and after in, what changed out, an exit code for scripts.
#include <string>
#include <vector>

#include "viewer/analysis.h"
#include "viewer/cli/commands.h"
#include "viewer/cli/compare_arguments.h"
#include "viewer/cli/output.h"
#include "viewer/cli/progress.h"
#include "viewer/report/comparison_report.h"

namespace loopscope::cli {
namespace {

// False, and a complaint for each, if one cannot be read: a side without one of its runs is another side.
bool read_side(const CompareArguments& arguments, const std::vector<std::string>& paths,
               std::vector<Analysis>& side) {
  bool good = true;
  side.reserve(paths.size());
  for (const std::string& path : paths) {
    Result<Analysis> analysis = [&] {
      Progress progress(path);
      AnalyzeOptions options;
      options.limits = arguments.limits;
      options.streaming = arguments.streaming;
      options.progress = [&progress](double share) {
        progress.show(share);
        return true;
      };
      return loopscope::analyze(path, options);
    }();
    if (analysis) {
      side.push_back(std::move(*analysis));
    } else {
      complain(analysis.error().text());
      good = false;
    }
  }
  return good;
}

std::vector<report::Contents> contents_of(const std::vector<Analysis>& side) {
  std::vector<report::Contents> contents;
  for (const Analysis& analysis : side) contents.push_back(analysis.contents());
  return contents;
}

}  // namespace

int compare(int argc, char** argv) {
  int status = kFine;
  const auto arguments = parse_compare_arguments(argc, argv, status);
  if (!arguments) return status;
  for (const std::vector<std::string>* side : {&arguments->base, &arguments->now}) {
    for (const std::string& path : *side) {
      if (arguments->output.empty() || !same_file(path, arguments->output)) continue;
      complain("the comparison would overwrite the trace " + path);
      return kUsage;
    }
  }
  std::vector<Analysis> base;
  std::vector<Analysis> now;
  const bool base_read = read_side(*arguments, arguments->base, base);
  if (!read_side(*arguments, arguments->now, now) || !base_read) return kUnreadable;
  const report::Comparison comparison = report::compare(contents_of(base), contents_of(now));
  const std::string text =
      arguments->format == CompareArguments::Format::json
          ? report::comparison_json_report(comparison)
          : report::comparison_text_report(comparison, {.coloured = wants_colour(arguments->output)});
  if (!write_report(arguments->output, text)) return kUsage;
  return arguments->fails(comparison) ? kFailOn : kFine;
}

}  // namespace loopscope::cli
