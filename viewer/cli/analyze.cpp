// `loopscope analyze`: traces in, reports out, an exit code for scripts.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "viewer/analysis.h"
#include "viewer/cli/analyze_arguments.h"
#include "viewer/cli/commands.h"
#include "viewer/cli/output.h"
#include "viewer/cli/progress.h"
#include "viewer/cli/questions.h"
#include "viewer/report/asked_text.h"
#include "viewer/report/columns.h"
#include "viewer/report/json_report.h"
#include "viewer/report/text_report.h"

namespace loopscope::cli {
namespace {

using Format = AnalyzeArguments::Format;

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool wants_colour(const AnalyzeArguments& arguments) {
  const char* terminal = std::getenv("TERM");
  return arguments.output.empty() && isatty(STDOUT_FILENO) == 1 && !is_set("NO_COLOR") &&
         terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace

int analyze(int argc, char** argv) {
  int status = kFine;
  const auto arguments = parse_analyze_arguments(argc, argv, status);
  if (!arguments) return status;
  for (const std::string& path : arguments->traces) {
    if (arguments->output.empty() || !same_file(path, arguments->output)) continue;
    complain("the report would overwrite the trace " + path);
    return kUsage;
  }

  const bool several = arguments->traces.size() > 1;
  bool failed = false;
  bool unreadable = false;
  bool unanswered = false;
  std::string text;
  std::vector<std::string> objects;
  for (const std::string& path : arguments->traces) {
    const Result<Analysis> analysis = [&] {
      Progress progress(path);
      AnalyzeOptions options;
      options.limits = arguments->limits;
      options.streaming = arguments->streaming;
      options.timeline = arguments->questions.need_timeline();
      options.progress = [&progress](double share) {
        progress.show(share);
        return true;
      };
      return loopscope::analyze(path, options);
    }();
    if (!analysis) {
      complain(analysis.error().text());
      unreadable = true;
      continue;
    }
    failed = failed || arguments->fails(analysis->findings);
    const Result<report::Asked> asked = answers(analysis->trace, arguments->questions);
    if (!asked) {
      complain(asked.error().text());
      unanswered = true;
      continue;
    }
    report::Contents contents = analysis->contents();
    contents.asked = &*asked;
    if (arguments->format == Format::json) {
      objects.push_back(report::json_report(contents));
      continue;
    }
    if (several)
      text += fmt::format("{}==> {} <==\n\n", text.empty() ? "" : "\n",
                          report::shorten_path(report::safe_text(path), 72));
    const report::TextOptions looks{.coloured = wants_colour(*arguments)};
    text += asked->any() ? report::asked_text(contents, looks) : report::text_report(contents, looks);
  }
  if (arguments->format == Format::json && (several || !objects.empty())) {
    text = several ? report::json_array(objects) : objects.front();
  }
  if (!text.empty() && !write_report(arguments->output, text)) return kUsage;
  return unreadable ? kUnreadable : unanswered ? kUsage : failed ? kFailOn : kFine;
}

}  // namespace loopscope::cli
