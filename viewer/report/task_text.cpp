#include "viewer/report/task_text.h"

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"

namespace loopscope::report {

std::string task_text(const model::Trace& trace, model::TaskIndex task) {
  const model::TaskTable& tasks = trace.tasks;
  std::string text = fmt::format("#{}, created at {}", tasks.id(task), duration_text(tasks.created(task)));
  if (tasks.spans(task) == 0) {
    text += ", never ran";
  } else {
    const std::string times =
        tasks.spans(task) == 1 ? "" : plural_text(tasks.spans(task), "", "times") + ", ";
    text += fmt::format(", ran {}{}", times, duration_text(tasks.run_ns(task)));
  }
  if (model::proof_of(trace.never_resumable, task) != nullptr) return text + ", can never be resumed";
  if (tasks.pending(task)) return text + ", pending";
  const model::Outcome outcome = tasks.outcome(task);
  const char* how = outcome == model::Outcome::error       ? "failed"
                    : outcome == model::Outcome::cancelled ? "cancelled"
                    : outcome == model::Outcome::abandoned ? "destroyed"
                                                           : "finished";
  return fmt::format("{}, {} at {}", text, how, duration_text(tasks.finished(task)));
}

std::string task_name(const model::Trace& trace, model::TaskIndex task) {
  if (task >= trace.tasks.size()) return "unknown task";
  const model::SiteIndex site = trace.tasks.site(task);
  const std::string kind = site < trace.sites.size() ? trace.sites[site].kind : "";
  return fmt::format("#{} {}", trace.tasks.id(task), kind.empty() ? "task" : kind);
}

std::string task_place_text(const model::Trace& trace, model::TaskIndex task) {
  if (task >= trace.tasks.size()) return "";
  const model::SiteIndex site = trace.tasks.site(task);
  if (site >= trace.sites.size()) return "";
  return detect::shown_frame(trace.sites[site]) == nullptr ? "" : detect::place_text(trace.sites[site]);
}

}  // namespace loopscope::report
