// `loopscope analyze`: traces in, reports out, an exit code for scripts.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
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
#include "viewer/report/github_report.h"
#include "viewer/report/html_report.h"
#include "viewer/report/json_report.h"
#include "viewer/report/junit_report.h"
#include "viewer/report/text_report.h"

namespace loopscope::cli {
namespace {

using Format = AnalyzeArguments::Format;

// The reports of all traces, as one text in the end.
class Reports {
 public:
  explicit Reports(const AnalyzeArguments& arguments)
      : arguments_(arguments), several_(arguments.traces.size() > 1) {}

  void add(const std::string& path, const report::Contents& contents) {
    switch (arguments_.format) {
      case Format::json: objects_.push_back(report::json_report(contents)); break;
      case Format::html: text_ += report::html_report(contents); break;
      case Format::junit: suites_.push_back(report::junit_suite(contents, failures())); break;
      case Format::github:
        text_ +=
            report::github_report(contents, {.root = variable("GITHUB_WORKSPACE"), .fails = asked_for()});
        break;
      case Format::text:
        if (several_)
          text_ += fmt::format("{}==> {} <==\n\n", text_.empty() ? "" : "\n",
                               report::shorten_path(report::safe_text(path), 72));
        add_text(contents);
    }
  }

  // Where a machine reads the report it has to learn of this there: nobody looks at the log of a test that passed.
  void add_unreadable(const std::string& path, const std::string& error) {
    if (arguments_.format == Format::junit) suites_.push_back(report::junit_error(path, error));
    if (arguments_.format == Format::github) text_ += report::github_error(error);
  }

  std::string take() {
    if (arguments_.format == Format::junit) return report::junit_report(suites_);
    if (arguments_.format == Format::json && several_) return report::json_array(objects_);
    if (arguments_.format == Format::json && !objects_.empty()) return objects_.front();
    return std::move(text_);
  }

 private:
  // What was asked for, or else all of it.
  void add_text(const report::Contents& contents) {
    const report::TextOptions looks{.coloured = wants_colour(arguments_.output)};
    const bool asked = contents.asked != nullptr && contents.asked->any();
    text_ += asked ? report::asked_text(contents, looks) : report::text_report(contents, looks);
  }
  static std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  }
  report::Fails asked_for() const {
    return [this](const detect::Finding& finding) { return arguments_.fails(finding); };
  }
  // Without --fail-on every warning is a failed test.
  report::Fails failures() const {
    if (arguments_.asks_for_failure()) return asked_for();
    return [](const detect::Finding& finding) { return finding.severity >= detect::Severity::warning; };
  }

  const AnalyzeArguments& arguments_;
  bool several_;
  std::string text_;
  std::vector<std::string> objects_;
  std::vector<report::JunitSuite> suites_;
};

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

  bool failed = false;
  bool unreadable = false;
  bool unanswered = false;
  Reports reports(*arguments);
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
      reports.add_unreadable(path, analysis.error().text());
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
    reports.add(path, contents);
  }
  const std::string text = reports.take();
  // No annotation is a result as well, which a file has to show.
  const bool has_report = !text.empty() || arguments->format == Format::github;
  if (has_report && !write_report(arguments->output, text)) return kUsage;
  return unreadable ? kUnreadable : unanswered ? kUsage : failed ? kFailOn : kFine;
}

}  // namespace loopscope::cli
