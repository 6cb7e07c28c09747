#include "viewer/report/asked_text.h"

#include <utility>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/report/context_section.h"
#include "viewer/report/page.h"
#include "viewer/report/path_text.h"
#include "viewer/report/recording_text.h"
#include "viewer/report/summary.h"

namespace loopscope::report {

std::string asked_text(const Contents& contents, const TextOptions& options) {
  const model::Trace& trace = contents.trace;
  Page page(options.coloured);
  page.line(shorten_name(safe_text(command_line_text(trace.process)), Page::kColumns), Ink::strong);
  page.line(fmt::format("{}, {}, {}", duration_text(trace.duration()),
                        plural_text(trace.events, "event", "events"), end_text(trace)),
            Ink::faint);
  const Asked& asked = *contents.asked;
  if (asked.by) print_contexts(page, *asked.by);
  if (asked.task) print_paths(page, trace, *asked.task);
  if (asked.context) print_paths(page, trace, *asked.context);
  if (!trace.integrity.complete()) {
    page.gap();
    for (const std::string& remark : what_is_missing(trace)) {
      page.paragraph({"Missing     ", Ink::faint}, 12, remark);
      break;
    }
  }
  return std::move(page).take();
}

}  // namespace loopscope::report
