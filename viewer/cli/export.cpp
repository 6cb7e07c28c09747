// `loopscope export`: the samples of a trace's stalls, in the formats of flame graph tools.
#include <string>

#include "viewer/analysis.h"
#include "viewer/base/text.h"
#include "viewer/cli/commands.h"
#include "viewer/cli/export_arguments.h"
#include "viewer/cli/output.h"
#include "viewer/cli/progress.h"
#include "viewer/report/stall_facts.h"
#include "viewer/report/stall_profiles.h"
#include "viewer/report/summary.h"

namespace loopscope::cli {
namespace {

// Why there is nothing to export, and what to try.
std::string why_empty(const model::Trace& trace) {
  const std::string limit = duration_text(trace.stall_limit);
  const std::uint64_t stalls = report::stalls_in_all(trace);
  if (!trace.watched)
    return "no watchdog ran in this recording (record again without LOOPSCOPE_STALL_MS=never)";
  if (stalls == 0)
    return "nothing held a loop for longer than " + limit +
           " (for shorter stalls, record with a lower LOOPSCOPE_STALL_MS)";
  return "none was taken in " + plural_text(stalls, "stall", "stalls") + " of over " + limit +
         " (loopscope analyze shows them)";
}

}  // namespace

int export_samples(int argc, char** argv) {
  int status = kFine;
  const auto arguments = parse_export_arguments(argc, argv, status);
  if (!arguments) return status;
  if (!arguments->output.empty() && same_file(arguments->trace, arguments->output)) {
    complain("the export would overwrite the trace " + arguments->trace);
    return kUsage;
  }
  const Result<Analysis> analysis = [&] {
    Progress progress(arguments->trace);
    AnalyzeOptions options;
    options.streaming = arguments->streaming;
    options.progress = [&progress](double share) {
      progress.show(share);
      return true;
    };
    return loopscope::analyze(arguments->trace, options);
  }();
  if (!analysis) {
    complain(analysis.error().text());
    return kUnreadable;
  }
  const model::Trace& trace = analysis->trace;
  const report::StallProfiles profiles = report::stall_profiles(trace);
  const std::string text = arguments->format == ExportArguments::Format::folded
                               ? report::folded_text(profiles)
                               : report::speedscope_text(profiles, report::program_name(trace.process));
  if (!write_report(arguments->output, text)) return kUsage;
  if (profiles.profiles.empty())
    complain(arguments->trace + ": no stall was sampled: " + why_empty(trace));
  else if (const std::uint64_t all = report::stalls_in_all(trace); all > trace.stalls.size())
    complain(arguments->trace + ": of " + count_text(all) + " stalls only the longest " +
             count_text(trace.stalls.size()) + " are exported (record with a higher LOOPSCOPE_STALL_MS)");
  return kFine;
}

}  // namespace loopscope::cli
