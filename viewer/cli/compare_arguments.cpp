#include "viewer/cli/compare_arguments.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <system_error>

#include <CLI/CLI.hpp>

#include "viewer/base/text.h"
#include "viewer/cli/commands.h"
#include "viewer/cli/fail_on.h"

namespace loopscope::cli {
namespace {

using detect::Severity;
using report::Change;

// A trace, several with commas between them, or a folder of traces. A file is one trace, commas in its name or not.
std::vector<std::string> traces_of(const std::string& side, std::string& mistake) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<std::string> traces;
  if (fs::is_directory(side, error)) {
    for (fs::directory_iterator at(side, error), end; !error && at != end; at.increment(error)) {
      if (at->path().extension() == ".pb") traces.push_back(at->path().string());
    }
    std::sort(traces.begin(), traces.end());
    if (traces.empty()) mistake = side + ": there is no trace (*.pb) in this folder";
    return traces;
  }
  if (fs::exists(side, error) || side.find(',') == std::string::npos) return {side};
  for (std::size_t at = 0; at <= side.size();) {
    const std::size_t end = std::min(side.find(',', at), side.size());
    if (end > at) traces.push_back(side.substr(at, end - at));
    at = end + 1;
  }
  if (traces.empty()) mistake = "\"" + side + "\" names no trace";
  return traces;
}

}  // namespace

bool CompareArguments::fails(const report::Comparison& comparison) const {
  const bool worse = comparison.findings_that(Change::worse) > 0 ||
                     comparison.sites_that(Change::worse) > 0 || comparison.facts_that(Change::worse) > 0;
  if (fail_on_worse && worse) return true;
  if (fail_on_new && comparison.findings_that(Change::appeared) > 0) return true;
  return std::any_of(comparison.findings.begin(), comparison.findings.end(),
                     [&](const report::FindingRow& row) {
                       if (row.change != Change::worse && row.change != Change::appeared) return false;
                       if (fail_on_severity && row.severity >= *fail_on_severity) return true;
                       return row.severity >= Severity::warning &&
                              std::find(fail_on_detectors.begin(), fail_on_detectors.end(), row.detector) !=
                                  fail_on_detectors.end();
                     });
}

std::optional<CompareArguments> parse_compare_arguments(int argc, char** argv, int& status) {
  CompareArguments arguments;
  std::string format = "text";
  std::vector<std::string> fail_on;
  std::vector<std::string> limits;
  std::string base;
  std::string now;
  CLI::App app(
      "Says what got better, worse, new or gone between two versions of a program, beyond noise. A side is\n"
      "a trace, several with commas between them, or a folder of them: the more, the better the noise is\n"
      "known. Exit codes: 0 fine, 1 --fail-on matched, 2 usage, 3 a trace cannot be read.",
      "loopscope compare");
  app.add_option("--format", format, "text or json (comparison.schema.json) (text)")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT");
  app.add_option("-o,--output", arguments.output, "Write the comparison to this file")->type_name("FILE");
  app.add_option("--fail-on", fail_on,
                 "Exit with 1 if anything got worse (worse), if there is a new finding (new),\n"
                 "or a finding that is new or worse of this severity or worse (info, warning,\n"
                 "critical) or of this detector; several with commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("WHAT");
  app.add_option("--limit", limits, "Set a limit, NAME=VALUE; loopscope help limits lists them")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  app.add_flag("--streaming", arguments.streaming,
               "Hold in memory only what is pending, for traces that are larger than it");
  app.add_option("BASE", base, "Before: TRACE, TRACE,TRACE... or a folder")->required()->type_name("");
  app.add_option("NEW", now, "After: the same")->required()->type_name("");

  std::string mistake;
  try {
    app.parse(argc, argv);
    for (const std::string& word : fail_on) {
      if (word == "worse")
        arguments.fail_on_worse = true;
      else if (word == "new")
        arguments.fail_on_new = true;
      else if (!set_fail_on(word, arguments.fail_on_severity, arguments.fail_on_detectors) && mistake.empty())
        mistake = fail_on_mistake(word, "worse, new, ");
    }
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    status = kFine;
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    mistake = error.what();
  }
  for (const std::string& setting : limits) {
    if (!mistake.empty()) break;
    Result<detect::Limits> changed = detect::with_limit(arguments.limits, setting);
    if (changed)
      arguments.limits = *changed;
    else
      mistake = changed.error().text();
  }
  if (mistake.empty()) arguments.base = traces_of(base, mistake);
  if (mistake.empty()) arguments.now = traces_of(now, mistake);
  if (!mistake.empty()) {
    std::cerr << "loopscope: " << printable_text(mistake) << "\nTry: loopscope compare --help\n";
    status = kUsage;
    return std::nullopt;
  }
  arguments.format = format == "json" ? CompareArguments::Format::json : CompareArguments::Format::text;
  return arguments;
}

}  // namespace loopscope::cli
