// `loopscope analyze`: traces in, reports out, an exit code for scripts.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "viewer/analysis.h"
#include "viewer/base/text.h"
#include "viewer/cli/analyze_arguments.h"
#include "viewer/cli/commands.h"
#include "viewer/cli/progress.h"
#include "viewer/report/columns.h"
#include "viewer/report/json_report.h"
#include "viewer/report/text_report.h"

namespace loopscope::cli {
namespace {

using Format = AnalyzeArguments::Format;

void complain(const std::string& text) { fmt::print(stderr, "loopscope: {}\n", printable_text(text)); }

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool wants_colour(const AnalyzeArguments& arguments) {
  const char* terminal = std::getenv("TERM");
  return arguments.output.empty() && isatty(STDOUT_FILENO) == 1 && !is_set("NO_COLOR") &&
         terminal != nullptr && std::string_view(terminal) != "dumb";
}

bool same_file(const std::string& a, const std::string& b) {
  struct stat left {};
  struct stat right {};
  return stat(a.c_str(), &left) == 0 && stat(b.c_str(), &right) == 0 && left.st_dev == right.st_dev &&
         left.st_ino == right.st_ino;
}

// The file or standard output; false and a complaint if not all of it could be written.
bool write_report(const std::string& path, const std::string& report) {
  std::FILE* file = path.empty() ? stdout : std::fopen(path.c_str(), "we");
  bool good = file != nullptr;
  good = good && std::fwrite(report.data(), 1, report.size(), file) == report.size();
  good = good && std::fflush(file) == 0;
  const int error = errno;
  if (file != nullptr && file != stdout) good = std::fclose(file) == 0 && good;
  if (!good)
    complain((path.empty() ? "standard output" : path) + ": cannot be written: " + std::strerror(error));
  return good;
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
  std::string text;
  std::vector<std::string> objects;
  for (const std::string& path : arguments->traces) {
    const Result<Analysis> analysis = [&] {
      Progress progress(path);
      AnalyzeOptions options;
      options.limits = arguments->limits;
      options.streaming = arguments->streaming;
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
    if (arguments->format == Format::json) {
      objects.push_back(report::json_report(analysis->contents()));
      continue;
    }
    if (several)
      text += fmt::format("{}==> {} <==\n\n", text.empty() ? "" : "\n",
                          report::shorten_path(report::safe_text(path), 72));
    text += report::text_report(analysis->contents(), {.coloured = wants_colour(*arguments)});
  }
  if (arguments->format == Format::json && (several || !objects.empty())) {
    text = several ? report::json_array(objects) : objects.front();
  }
  if (!text.empty() && !write_report(arguments->output, text)) return kUsage;
  return unreadable ? kUnreadable : failed ? kFailOn : kFine;
}

}  // namespace loopscope::cli
