#include "viewer/report/stall_section.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/report/columns.h"
#include "viewer/report/stall_facts.h"

namespace loopscope::report {
namespace {

constexpr std::size_t kMostStalls = 8;
constexpr std::size_t kMostFrames = 8;
constexpr std::size_t kIndent = 12;  // as the other sections: where the text beside a label begins

// "fsync", "running", "" if the watchdog saw nothing.
std::string cause_text(const model::Stall& stall) {
  const std::string call = system_call_of(stall);
  if (stall.cause == "system call" && !call.empty()) return call;
  return stall.cause.empty() ? "-" : shorten_name(safe_text(stall.cause), 16);
}

std::string waited_text(const model::Trace& trace, const model::Stall& stall) {
  const WaitedFor waited = waited_for(trace, stall);
  return waited.tasks == 0 ? "-" : plural_text(waited.tasks, "task", "tasks");
}

// A function that the compiler put into its caller has no call of its own: it stands behind a mark.
void print_stack(Page& page, const model::StallSample& sample) {
  std::size_t frames = 0;
  for (const model::Frame& frame : sample.stack) {
    if (detect::is_agent_frame(frame)) continue;
    if (++frames > kMostFrames) continue;
    const std::string function =
        shorten_name(safe_text(detect::short_function_text(frame) + (frame.inlined ? " [inlined]" : "")), 38);
    page.line(
        {{"  " + left(frames == 1 ? "longest:" : "", kIndent - 2), Ink::faint},
         {left(function, 38) + "  ", Ink::plain},
         {shorten_path(safe_text(detect::position_text(frame)), Page::kColumns - kIndent - 40), Ink::faint}});
  }
  std::string rest;
  if (frames > kMostFrames) rest = fmt::format("... and {} more frames", count_text(frames - kMostFrames));
  if (rest.empty() && sample.stack_truncated) rest = "... not recorded further down";
  if (!rest.empty()) page.line({{std::string(kIndent, ' '), Ink::plain}, {rest, Ink::faint}});
}

}  // namespace

void print_stalls(Page& page, const model::Trace& trace) {
  if (trace.stalls.empty()) return;
  using Align = Table::Align;
  Table table({{"Stalls"}, {"at"}, {"cause", Align::left}, {"where", Align::left, true}, {"waited"}});
  for (std::size_t at = 0; at < std::min(trace.stalls.size(), kMostStalls); ++at) {
    const model::Stall& stall = trace.stalls[at];
    table.row({duration_text(stall.duration) + (stall.ended ? "" : "+"), duration_text(stall.begin),
               cause_text(stall), where_text(trace, stall), waited_text(trace, stall)});
  }
  page.gap();
  table.print(page, 0);
  // The stack of the longest one that has one.
  for (const model::Stall& stall : trace.stalls) {
    const model::StallSample* sample = telling_sample(stall);
    if (sample == nullptr || sample->stack.empty()) continue;
    print_stack(page, *sample);
    if (const std::string woken = woken_text(stall); !woken.empty()) {
      page.line({{"  " + left("woken by:", kIndent - 2), Ink::faint},
                 {shorten_name(safe_text(woken), Page::kColumns - kIndent), Ink::plain}});
    }
    break;
  }
  std::string sums = fmt::format("{} longer than {}, {} together",
                                 plural_text(stalls_in_all(trace), "span or tick", "spans or ticks"),
                                 duration_text(trace.stall_limit), duration_text(stalled_in_all(trace)));
  const bool open = std::any_of(
      trace.stalls.begin(),
      trace.stalls.begin() + static_cast<std::ptrdiff_t>(std::min(trace.stalls.size(), kMostStalls)),
      [](const model::Stall& stall) { return !stall.ended; });
  if (open) sums += "; + had not ended when the recording did";
  page.paragraph({"", Ink::plain}, 0, sums, Ink::faint);
}

}  // namespace loopscope::report
