#include "viewer/cli/questions.h"

#include <charconv>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/contexts.h"

namespace loopscope::cli {
namespace {

constexpr std::size_t kMostNamed = 12;

// "17" or "#17", as reports write it.
std::optional<std::uint64_t> number_in(std::string_view typed) {
  if (typed.starts_with('#')) typed.remove_prefix(1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), number);
  if (error != std::errc() || end != typed.data() + typed.size() || typed.empty()) return std::nullopt;
  return number;
}

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t at = 0; at < names.size() && at < kMostNamed; ++at)
    text += (at > 0 ? ", " : "") + names[at];
  if (names.size() > kMostNamed) text += fmt::format(" and {} more", names.size() - kMostNamed);
  return text;
}

Error unknown_key(const model::Trace& trace, const std::string& key) {
  const std::vector<std::string> keys = detect::context_keys(trace);
  if (keys.empty()) {
    return {"no task has a label, so there is no \"" + key + "\"", trace.path,
            "programs set them with loopscope_task_context"};
  }
  return {"no task has the label \"" + key + "\"", trace.path, "there are " + list(keys)};
}

}  // namespace

std::string Questions::mistake() const {
  if (!task.empty() && !number_in(task)) return "--task: \"" + task + "\" is no task's number";
  if (!context.empty() && (context.find('=') == std::string::npos || context.front() == '='))
    return "--context: KEY=VALUE is wanted, not \"" + context + "\"";
  return "";
}

Result<report::Asked> answers(const model::Trace& trace, const Questions& questions) {
  report::Asked asked;
  if (!questions.by.empty()) {
    asked.by = detect::context_costs(trace, questions.by);
    if (asked.by->rows.empty()) return unknown_key(trace, questions.by);
  }
  if (!questions.task.empty()) {
    const model::TaskIndex task = trace.tasks.find(number_in(questions.task).value_or(0));
    if (task == model::kNoTask) {
      return Error{"there is no task " + questions.task, trace.path,
                   "the numbers are those behind a # in the report, and \"id\" in its JSON"};
    }
    asked.task = detect::task_paths(trace, task);
  }
  if (!questions.context.empty()) {
    const std::size_t equals = questions.context.find('=');
    const std::string key = questions.context.substr(0, equals);
    asked.context = detect::request_paths(trace, key, questions.context.substr(equals + 1));
    if (asked.context->requests == 0) {
      const detect::Contexts contexts(trace, key);
      if (contexts.empty()) return unknown_key(trace, key);
      return Error{"no task has the label \"" + questions.context + "\"", trace.path,
                   "its values are " + list({contexts.values().begin(), contexts.values().end()})};
    }
  }
  return asked;
}

}  // namespace loopscope::cli
