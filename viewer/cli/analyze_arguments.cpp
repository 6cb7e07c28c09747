#include "viewer/cli/analyze_arguments.h"

#include <algorithm>
#include <iostream>

#include <CLI/CLI.hpp>

#include "viewer/base/text.h"
#include "viewer/cli/commands.h"
#include "viewer/cli/fail_on.h"

namespace loopscope::cli {
namespace {

using detect::Severity;

// The mistake in words; "" if there is none.
std::string take_fail_on(AnalyzeArguments& arguments, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (!set_fail_on(word, arguments.fail_on_severity, arguments.fail_on_detectors))
      return fail_on_mistake(word, "");
  }
  return "";
}

}  // namespace

bool AnalyzeArguments::fails(const std::vector<detect::Finding>& findings) const {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const detect::Finding& finding) { return fails(finding); });
}

bool AnalyzeArguments::fails(const detect::Finding& finding) const {
  if (fail_on_severity && finding.severity >= *fail_on_severity) return true;
  return finding.severity >= Severity::warning &&
         std::find(fail_on_detectors.begin(), fail_on_detectors.end(), finding.detector) !=
             fail_on_detectors.end();
}

std::optional<AnalyzeArguments> parse_analyze_arguments(int argc, char** argv, int& status) {
  AnalyzeArguments arguments;
  std::string format = "text";
  std::vector<std::string> fail_on;
  std::vector<std::string> limits;
  CLI::App app(
      "Says what is wrong in a trace, and where. Exit codes: 0 fine, 1 --fail-on matched, 2 usage,\n"
      "3 a trace cannot be read.",
      "loopscope analyze");
  app.add_option("--format", format,
                 "text, json (docs: analysis.schema.json), html (one page, for browsers), junit (XML\n"
                 "for test runners) or github (annotations of GitHub Actions) (text)")
      ->check(CLI::IsMember({"text", "json", "html", "junit", "github"}))
      ->type_name("FORMAT");
  app.add_option("-o,--output", arguments.output, "Write the report to this file")->type_name("FILE");
  app.add_option("--fail-on", fail_on,
                 "Exit with 1 if there is a finding of this severity or worse (info,\n"
                 "warning, critical), or a warning of this detector; several with commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("WHAT");
  app.add_option("--limit", limits, "Set a limit, NAME=VALUE; loopscope help limits lists them")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  app.add_option("--by", arguments.questions.by,
                 "Instead of the report: what the requests of each value of the label KEY cost")
      ->type_name("KEY");
  app.add_option("--context", arguments.questions.context,
                 "Instead of the report: where the time of the requests with this label went")
      ->type_name("KEY=VALUE");
  app.add_option("--task", arguments.questions.task,
                 "Instead of the report: where the time of the task with this number went")
      ->type_name("NUMBER");
  app.add_flag("--streaming", arguments.streaming,
               "Hold in memory only what is pending, for traces that are larger than it");
  app.add_option("TRACE", arguments.traces, "Traces to analyze")->required()->type_name("");

  std::string mistake;
  try {
    app.parse(argc, argv);
    mistake = take_fail_on(arguments, fail_on);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    status = kFine;
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    mistake = error.what();
  }
  if (mistake.empty()) mistake = arguments.questions.mistake();
  if (mistake.empty() && arguments.streaming && arguments.questions.any())
    mistake = "--by, --context and --task need every task, which --streaming does not keep";
  for (const std::string& setting : limits) {
    if (!mistake.empty()) break;
    Result<detect::Limits> changed = detect::with_limit(arguments.limits, setting);
    if (changed)
      arguments.limits = *changed;
    else
      mistake = changed.error().text();
  }
  if (mistake.empty() && format == "html" && arguments.traces.size() > 1)
    mistake = "--format html: a page shows one trace";
  if (!mistake.empty()) {
    std::cerr << "loopscope: " << printable_text(mistake) << "\nTry: loopscope analyze --help\n";
    status = kUsage;
    return std::nullopt;
  }
  using Format = AnalyzeArguments::Format;
  arguments.format = format == "json"     ? Format::json
                     : format == "html"   ? Format::html
                     : format == "junit"  ? Format::junit
                     : format == "github" ? Format::github
                                          : Format::text;
  return arguments;
}

}  // namespace loopscope::cli
