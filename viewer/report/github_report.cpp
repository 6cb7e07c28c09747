#include "viewer/report/github_report.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/report/columns.h"
#include "viewer/report/finding_text.h"

namespace loopscope::report {
namespace {

// Nothing else is printed but commands: in another line the runner would look for commands of its older form anywhere,
// and names come from the traced process.
std::string command(std::string_view name, std::string_view properties, std::string_view message) {
  return fmt::format("::{}{}{}::{}\n", name, properties.empty() ? "" : " ", properties, message);
}

// The rules of https://docs.github.com/actions/reference/workflow-commands-for-github-actions: in messages % and what ends
// a line, in properties also what ends a property.
std::string in_message(std::string_view text) {
  std::string out;
  // Line by line: a line feed is fine, other control characters are not.
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    for (const char c : safe_text(text.substr(at, end - at))) out += c == '%' ? "%25" : std::string(1, c);
    if (end < text.size()) out += "%0A";
    at = end + 1;
  }
  return out;
}

std::string in_property(std::string_view text) {
  std::string out;
  for (const char c : in_message(text)) out += c == ':' ? "%3A" : c == ',' ? "%2C" : std::string(1, c);
  return out;
}

std::string within(std::string_view path, std::string_view root) {
  while (root.ends_with('/')) root.remove_suffix(1);
  if (!root.empty() && path.size() > root.size() && path.starts_with(root) && path[root.size()] == '/')
    path.remove_prefix(root.size() + 1);
  while (path.starts_with("./")) path.remove_prefix(2);
  return std::string(path);
}

std::string_view command_of(const detect::Finding& finding, const Fails& fails) {
  if (finding.severity == detect::Severity::critical || (fails && fails(finding))) return "error";
  return finding.severity == detect::Severity::warning ? "warning" : "notice";
}

}  // namespace

std::string github_report(const Contents& contents, const GithubOptions& options) {
  std::string text;
  for (const detect::Finding& finding : contents.findings) {
    std::string properties;
    const model::Frame* frame = frame_of(contents.trace, finding);
    if (frame != nullptr && !frame->file.empty()) {
      properties = "file=" + in_property(within(frame->file, options.root)) + ",";
      if (frame->line > 0) properties += fmt::format("line={},", frame->line);
    }
    properties +=
        "title=" + in_property("loopscope: " + finding.detector + (finding.candidate ? " (candidate)" : ""));
    std::string message = finding.title + "\n" + details_text(contents.trace, finding);
    message.resize(message.find_last_not_of('\n') + 1);
    text += command(command_of(finding, options.fails), properties, in_message(message));
  }
  return text;
}

std::string github_error(const std::string& error) {
  return command("error", "title=loopscope", in_message(error));
}

}  // namespace loopscope::report
