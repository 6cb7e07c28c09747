#include "viewer/detect/verdict.h"

#include <algorithm>

#include <fmt/format.h>

#include "viewer/base/text.h"

namespace loopscope::detect {

std::string_view name_of(Verdict::Status status) {
  switch (status) {
    case Verdict::Status::critical: return "critical";
    case Verdict::Status::warning: return "warning";
    case Verdict::Status::healthy: break;
  }
  return "healthy";
}

Verdict verdict_on(const model::Trace& trace, const std::vector<Finding>& findings) {
  Verdict verdict;
  const auto wrong =
      static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), [](const Finding& finding) {
        return finding.severity > Severity::info;
      }));
  if (wrong > 0) {
    verdict.status = findings.front().severity == Severity::critical ? Verdict::Status::critical
                                                                     : Verdict::Status::warning;
    verdict.headline = findings.front().title;
    if (wrong > 1) verdict.headline += fmt::format(" (and {} more)", wrong - 1);
    return verdict;
  }
  const bool none_created = std::all_of(trace.sites.begin(), trace.sites.end(),
                                        [](const model::Site& site) { return site.created == 0; });
  if (trace.tasks.size() == 0 && none_created && trace.loops.empty()) {
    verdict.headline = "no task and no loop was recorded, so there is nothing to judge";
    return verdict;
  }
  verdict.headline = "nothing wrong was found";
  if (!findings.empty()) verdict.headline += ", " + plural_text(findings.size(), "note", "notes");
  return verdict;
}

}  // namespace loopscope::detect
