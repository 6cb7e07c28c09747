#include "viewer/report/group_section.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/report/columns.h"
#include "viewer/report/task_text.h"

namespace loopscope::report {
namespace {

constexpr std::size_t kMostMembers = 10;
constexpr std::size_t kMostContexts = 5;

Piece label(std::string_view text, std::size_t indent) { return {"  " + left(text, indent - 2), Ink::faint}; }

}  // namespace

void print_members(Page& page, const model::Trace& trace, const detect::Finding& finding,
                   std::size_t indent) {
  if (finding.members.empty()) return;
  const std::string title =
      finding.members_title.empty()
          ? plural_text(finding.members.size(), "task", "tasks") + " that belong together"
          : finding.members_title;
  page.paragraph(label("group", indent), indent, title);
  using Align = Table::Align;
  Table table(
      {{"task", Align::left}, {"at"}, {"for"}, {"fate", Align::left}, {"created at", Align::left, true}});
  const std::size_t shown = std::min(finding.members.size(), kMostMembers);
  for (std::size_t at = 0; at < shown; ++at) {
    const detect::Member& member = finding.members[at];
    table.row({shorten_name(safe_text(task_name(trace, member.task)), 22), duration_text(member.at),
               duration_text(member.lasted), shorten_name(safe_text(member.fate), 20),
               task_place_text(trace, member.task)});
  }
  table.print(page, indent);
  if (shown < finding.members.size()) {
    page.line(
        {{std::string(indent, ' '), Ink::plain},
         {fmt::format("... and {} more tasks", count_text(finding.members.size() - shown)), Ink::faint}});
  }
}

void print_contexts(Page& page, const detect::Finding& finding, std::size_t indent) {
  constexpr std::size_t kBeside = 24;  // columns of time and tasks
  std::string_view name = "contexts";
  for (std::size_t at = 0; at < std::min(finding.contexts.size(), kMostContexts); ++at) {
    const detect::ContextShare& one = finding.contexts[at];
    const std::string costs = right(duration_text(one.time), 8) + "  " +
                              left(plural_text(one.tasks, "task", "tasks"), kBeside - 10);
    page.line({label(name, indent),
               {costs, Ink::plain},
               {shorten_name(safe_text(one.key + "=" + one.value), Page::kColumns - indent - kBeside),
                Ink::plain}});
    name = "";
  }
}

}  // namespace loopscope::report
