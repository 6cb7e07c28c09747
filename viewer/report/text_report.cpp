#include "viewer/report/text_report.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/await_chain.h"
#include "viewer/detect/place.h"
#include "viewer/detect/site_groups.h"
#include "viewer/report/evidence_text.h"
#include "viewer/report/group_section.h"
#include "viewer/report/page.h"
#include "viewer/report/recording_text.h"
#include "viewer/report/stall_section.h"
#include "viewer/report/summary.h"
#include "viewer/report/task_text.h"

namespace loopscope::report {
namespace {

using detect::Finding;
using detect::Severity;

// A report is read from the top; what is below the first few of a kind is in the JSON.
constexpr std::size_t kMostFindings = 20;
constexpr std::size_t kMostNotes = 5;
constexpr std::size_t kMostFrames = 12;
constexpr std::size_t kMostParents = 5;
constexpr std::size_t kMostRows = 10;

constexpr std::size_t kIndent = 12;  // where the text beside a label begins

Ink ink_of(Severity severity) {
  return severity == Severity::critical ? Ink::worst : severity == Severity::warning ? Ink::bad : Ink::note;
}

std::string more(std::size_t count, std::string_view what) {
  return fmt::format("... and {} more {}", count_text(count), what);
}

Piece label(std::string_view text) { return {"  " + left(text, kIndent - 2), Ink::faint}; }

// Two pairs a line, read downwards; one a line where two do not fit.
void print_evidence(Page& page, const std::vector<detect::Evidence>& evidence) {
  static constexpr std::size_t kGap = 4;
  const auto widths = [&](std::size_t from, std::size_t to) {
    std::pair<std::size_t, std::size_t> width{0, 0};
    for (std::size_t at = from; at < to; ++at) {
      width.first = std::max(width.first, columns_of(safe_text(evidence_name(evidence[at]))));
      width.second = std::max(width.second, columns_of(evidence_text(evidence[at])));
    }
    return width;
  };
  std::size_t rows = (evidence.size() + 1) / 2;
  auto first = widths(0, rows);
  const auto second = widths(rows, evidence.size());
  if (first.first + first.second + second.first + second.second + kGap + 4 > Page::kColumns - kIndent) {
    rows = evidence.size();
    first = widths(0, rows);
  }
  const auto pair = [](const detect::Evidence& one, std::pair<std::size_t, std::size_t> width) {
    return left(safe_text(evidence_name(one)), width.first) + "  " + right(evidence_text(one), width.second);
  };
  for (std::size_t row = 0; row < rows; ++row) {
    std::string text = pair(evidence[row], first);
    if (row + rows < evidence.size()) text += std::string(kGap, ' ') + pair(evidence[row + rows], second);
    page.line({label(row == 0 ? "evidence" : ""), {text, Ink::plain}});
  }
}

void print_stack(Page& page, std::string_view name, const std::vector<model::Frame>& stack, bool truncated) {
  std::vector<const model::Frame*> frames;
  for (const model::Frame& frame : stack) {
    if (!detect::is_agent_frame(frame)) frames.push_back(&frame);
  }
  const std::size_t shown = frames.size() > kMostFrames ? kMostFrames - 1 : frames.size();
  std::size_t function_columns = 0;
  for (std::size_t at = 0; at < shown; ++at) {
    function_columns =
        std::max(function_columns, columns_of(safe_text(detect::short_function_text(*frames[at]))));
  }
  function_columns = std::min<std::size_t>(function_columns, 38);
  for (std::size_t at = 0; at < shown; ++at) {
    const std::string function =
        shorten_name(safe_text(detect::short_function_text(*frames[at])), function_columns);
    const std::size_t room = Page::kColumns - kIndent - function_columns - 2;
    page.line({label(at == 0 ? name : ""),
               {left(function, function_columns) + "  ", Ink::plain},
               {shorten_path(safe_text(detect::position_text(*frames[at])), room), Ink::faint}});
  }
  if (shown < frames.size()) {
    page.line({label(""), {more(frames.size() - shown, "frames"), Ink::faint}});
  } else if (truncated) {
    page.line({label(""), {"... not recorded further down", Ink::faint}});
  }
}

// "on_read (/src/http/server.c:12)" in the room beside a label.
std::string full_place(const model::Frame& frame, std::size_t room) {
  const std::string position = safe_text(detect::position_text(frame));
  const std::size_t position_room = position.empty() ? 0 : std::min(columns_of(position) + 3, room / 2);
  std::string function = shorten_name(safe_text(detect::short_function_text(frame)), room - position_room);
  if (position.empty()) return function;
  return function + " (" + shorten_path(position, room - columns_of(function) - 3) + ")";
}

std::string full_place(const model::Site& site, std::size_t room) {
  const model::Frame* frame = detect::shown_frame(site);
  return frame != nullptr ? full_place(*frame, room)
                          : shorten_name(safe_text(detect::place_text(site)), room);
}

constexpr std::size_t kMostSteps = 12;  // of a chain of awaits

std::string wait_text(const detect::AwaitChain& chain) {
  if (chain.cycle) return "one of these: they wait for each other";
  std::string text = safe_text(chain.waits_for);
  if (chain.more > 0) text += (text.empty() ? "" : ", ") + more(chain.more, "awaited").substr(4);
  return text;
}

// A line a step, what waits for it above it: function and position of the await.
void print_chain(Page& page, const detect::AwaitChain& chain, std::size_t indent, const Piece& first) {
  const std::size_t shown = chain.steps.size() > kMostSteps ? kMostSteps - 1 : chain.steps.size();
  std::size_t columns = 0;
  for (std::size_t at = 0; at < shown; ++at) {
    columns = std::max(columns, columns_of(safe_text(detect::short_function_text(chain.steps[at].at))));
  }
  columns = std::min<std::size_t>(columns, 38);
  const Piece blank{std::string(indent, ' '), Ink::plain};
  for (std::size_t at = 0; at < shown; ++at) {
    const model::Frame& frame = chain.steps[at].at;
    const std::string function = shorten_name(safe_text(detect::short_function_text(frame)), columns);
    const std::size_t room = Page::kColumns - indent - columns - 2;
    page.line({at == 0 ? first : blank,
               {left(function, columns) + "  ", Ink::plain},
               {shorten_path(safe_text(detect::position_text(frame)), room), Ink::faint}});
  }
  if (shown < chain.steps.size())
    page.line({blank, {more(chain.steps.size() - shown, "awaits"), Ink::faint}});
  if (const std::string what = wait_text(chain); !what.empty()) {
    page.line({blank, {shorten_name("for " + what, Page::kColumns - indent), Ink::plain}});
  }
}

void print_awaits(Page& page, const detect::PendingAwaits& awaits) {
  const std::vector<detect::AwaitChain> chains = awaits.all();
  if (chains.empty()) return;
  constexpr std::size_t kBeside = 20;  // columns of count and age
  page.gap();
  page.line({{right("Waiting", 7) + right("oldest", 10), Ink::strong},
             {"   on what, from whom to whom", Ink::strong}});
  for (std::size_t at = 0; at < std::min(chains.size(), kMostRows); ++at) {
    const detect::AwaitChain& chain = chains[at];
    print_chain(
        page, chain, kBeside,
        {right(count_text(chain.count), 7) + right(duration_text(chain.oldest), 10) + "   ", Ink::plain});
  }
  if (chains.size() > kMostRows) page.line(more(chains.size() - kMostRows, "chains"), Ink::faint);
}

void print_example(Page& page, const model::Trace& trace, const detect::PendingAwaits& awaits,
                   model::TaskIndex task) {
  page.line({label("example"), {task_text(trace, task), Ink::plain}});
  const detect::AwaitChain chain = awaits.through(task);
  if (chain.steps.size() > 1 || !wait_text(chain).empty()) print_chain(page, chain, kIndent, label("awaits"));
  std::string_view name = "parents";
  for (const model::TaskIndex parent : parents_of(trace, task, kMostParents)) {
    const model::SiteIndex site = trace.tasks.site(parent);
    if (site >= trace.sites.size()) break;
    const std::string who =
        fmt::format("#{} {}  ", trace.tasks.id(parent), shorten_name(safe_text(trace.sites[site].kind), 20));
    page.line({label(name),
               {who, Ink::plain},
               {full_place(trace.sites[site], Page::kColumns - kIndent - columns_of(who)), Ink::faint}});
    name = "";
  }
}

// Who had to wait, and for how long.
void print_waiting(Page& page, const model::Trace& trace, const Finding& finding) {
  constexpr std::size_t kMostShown = 3;
  std::string_view name = "waited";
  for (std::size_t at = 0; at < std::min(finding.waiting.size(), kMostShown); ++at) {
    const detect::WaitingTask& one = finding.waiting[at];
    if (one.task >= trace.tasks.size()) continue;
    const model::SiteIndex site = trace.tasks.site(one.task);
    if (site >= trace.sites.size()) continue;
    const std::string who =
        fmt::format("{}  #{} {}  ", right(duration_text(one.waited), 8), trace.tasks.id(one.task),
                    shorten_name(safe_text(trace.sites[site].kind), 20));
    page.line({label(name),
               {who, Ink::plain},
               {full_place(trace.sites[site], Page::kColumns - kIndent - columns_of(who)), Ink::faint}});
    name = "";
  }
}

void print_title(Page& page, const Finding& finding) {
  const std::string tag = fmt::format("{}[{}]", detect::name_of(finding.severity), finding.detector);
  // The tag and the title share the first line; what follows is indented like the labels.
  const std::string candidate = finding.candidate ? " candidate" : "";
  const std::size_t used = columns_of(tag + candidate) + 2;
  std::string title = safe_text(finding.title);
  std::vector<std::string> lines = wrap(title, Page::kColumns - used);
  page.line({{tag, ink_of(finding.severity)}, {candidate + ": ", Ink::plain}, {lines.front(), Ink::strong}});
  if (lines.size() == 1) return;
  std::string rest;
  for (std::size_t at = 1; at < lines.size(); ++at) rest += (rest.empty() ? "" : " ") + lines[at];
  page.paragraph({"", Ink::plain}, 2, rest, Ink::strong);
}

void print_place(Page& page, const model::Trace& trace, const Finding& finding) {
  constexpr std::size_t kRoom = Page::kColumns - kIndent;
  if (!finding.stack.empty())
    page.line({label("at"), {full_place(finding.stack.front(), kRoom), Ink::plain}});
  if (finding.site == model::kNoSite || finding.site >= trace.sites.size()) return;
  page.line({label(finding.stack.empty() ? "at" : "started"),
             {full_place(trace.sites[finding.site], kRoom), Ink::plain}});
}

// What each line took, where it is not all one line's.
void print_lines(Page& page, const Finding& finding) {
  if (finding.lines.size() < 2) return;
  std::size_t range = 0;
  for (const detect::LineCost& line : finding.lines)
    range = std::max(range, columns_of(interval_text(line.interval, "%")));
  std::string_view name = "lines";
  for (const detect::LineCost& line : finding.lines) {
    const std::string cost = right(fmt::format("{:.1f} %", line.share), 7) + "  " +
                             left(interval_text(line.interval, "%"), range) + (range > 0 ? "  " : "") +
                             right(duration_text(line.time), 8) + "  ";
    page.line({label(name),
               {cost, Ink::plain},
               {full_place(line.frame, Page::kColumns - kIndent - columns_of(cost)), Ink::plain}});
    name = "";
  }
}

void print_finding(Page& page, const model::Trace& trace, const detect::PendingAwaits& awaits,
                   const Finding& finding) {
  page.gap();
  print_title(page, finding);
  print_place(page, trace, finding);
  if (finding.severity != Severity::info) {
    print_evidence(page, finding.evidence);
    print_lines(page, finding);
    if (!finding.stack.empty()) {
      print_stack(page, "stack", finding.stack, false);
    } else if (finding.site != model::kNoSite && finding.site < trace.sites.size()) {
      const model::Site& site = trace.sites[finding.site];
      if (site.stack.size() > 1) print_stack(page, "stack", site.stack, site.stack_truncated);
    }
    print_waiting(page, trace, finding);
    print_members(page, trace, finding, kIndent);
    print_contexts(page, finding, kIndent);
    if (!finding.tasks.empty() && finding.tasks.front() < trace.tasks.size()) {
      print_example(page, trace, awaits, finding.tasks.front());
    }
  }
  page.paragraph(label(finding.severity == Severity::info ? "note" : "advice"), kIndent, finding.advice);
}

void print_findings(Page& page, const Contents& contents, const detect::PendingAwaits& awaits) {
  std::size_t printed = 0;
  std::size_t notes = 0;
  std::size_t left_out = 0;
  for (const Finding& finding : contents.findings) {
    const bool note = finding.severity == Severity::info;
    if (note ? notes >= kMostNotes : printed >= kMostFindings) {
      ++left_out;
      continue;
    }
    ++(note ? notes : printed);
    print_finding(page, contents.trace, awaits, finding);
  }
  if (left_out > 0) {
    page.gap();
    page.line(more(left_out, left_out == 1 ? "finding" : "findings") + "; --format json has all", Ink::faint);
  }
}

// "3 findings (1 critical), 2 notes".
std::string findings_text(const std::vector<Finding>& findings) {
  std::size_t critical = 0;
  std::size_t notes = 0;
  for (const Finding& finding : findings) {
    critical += finding.severity == Severity::critical;
    notes += finding.severity == Severity::info;
  }
  std::string text = plural_text(findings.size() - notes, "finding", "findings");
  if (critical > 0 && findings.size() - notes > critical) text += fmt::format(" ({} critical)", critical);
  if (notes > 0) text += ", " + plural_text(notes, "note", "notes");
  return text;
}

void print_head(Page& page, const Contents& contents) {
  const model::Trace& trace = contents.trace;
  page.line(shorten_name(safe_text(command_line_text(trace.process)), Page::kColumns), Ink::strong);
  std::string facts = fmt::format("{}, {}, {}", duration_text(trace.duration()),
                                  plural_text(trace.events, "event", "events"), end_text(trace));
  if (trace.process.pid != 0) facts += fmt::format(", pid {}", trace.process.pid);
  page.line(facts, Ink::faint);
  page.gap();
  const detect::Verdict& verdict = contents.verdict;
  const Ink ink = verdict.status == detect::Verdict::Status::healthy   ? Ink::good
                  : verdict.status == detect::Verdict::Status::warning ? Ink::bad
                                                                       : Ink::worst;
  const std::string status = std::string(detect::name_of(verdict.status)) + ": ";
  // The worst finding follows at once: its title stands there.
  const std::string counts = findings_text(contents.findings);
  page.paragraph({status, ink}, columns_of(status),
                 verdict.status == detect::Verdict::Status::healthy ? verdict.headline : counts);
  for (const detect::Confounder& one : contents.confounders)
    page.paragraph({"note: ", Ink::note}, 6, one.sentence, Ink::faint);
}

std::string quantile_text(const Histogram& histogram, double q) {
  return histogram.count() == 0 ? "-" : duration_text(histogram.quantile(q));
}

void print_loops(Page& page, const model::Trace& trace) {
  if (trace.loops.empty()) return;
  using Align = Table::Align;
  Table table({{"Loops", Align::left, true}, {"ticks"}, {"busy"}, {"used"}, {"lag p50"}, {"p99"}, {"max"}});
  bool from_ticks = false;
  std::size_t rows = 0;
  for (const model::Loop& loop : trace.loops) {
    // A loop that never polled has nothing to show: programs create some that they never run.
    if (loop.ticks == 0 && loop.lag.count() == 0) continue;
    if (++rows > kMostRows) continue;
    std::string name = fmt::format("{} {}", loop.id, loop.kind);
    if (const std::string& own = loop.name.empty() ? loop.thread : loop.name; !own.empty()) name += " " + own;
    if (loop.lag_from_ticks) name += "*", from_ticks = true;
    table.row({name, count_text(loop.ticks), duration_text(loop.busy_ns), percent_text(utilization(loop)),
               quantile_text(loop.lag, 0.5), quantile_text(loop.lag, 0.99),
               loop.lag.count() ? duration_text(loop.lag.max()) : "-"});
  }
  if (table.empty()) return;
  page.gap();
  table.print(page, 0);
  if (rows > kMostRows) page.line(more(rows - kMostRows, "loops"), Ink::faint);
  if (from_ticks)
    page.line("* no callback was recorded here: its lag is the busy time of its ticks", Ink::faint);
}

void print_tasks(Page& page, const model::Trace& trace) {
  const TaskSummary tasks = summary_of_tasks(trace);
  if (tasks.created == 0) return;
  using Align = Table::Align;
  Table table(
      {{"Tasks", Align::left, true}, {"created"}, {"finished"}, {"pending"}, {"lifetime p50"}, {"p99"}});
  for (std::size_t at = 0; at < std::min(tasks.by_kind.size(), kMostRows); ++at) {
    const KindSummary& kind = tasks.by_kind[at];
    table.row({kind.kind.empty() ? "unknown" : kind.kind, count_text(kind.created), count_text(kind.finished),
               count_text(kind.pending), quantile_text(kind.lifetime, 0.5),
               quantile_text(kind.lifetime, 0.99)});
  }
  page.gap();
  table.print(page, 0);
  if (tasks.by_kind.size() > kMostRows)
    page.line(more(tasks.by_kind.size() - kMostRows, "kinds"), Ink::faint);
  std::string sums = fmt::format("{} in all, at most {} pending at once", count_text(tasks.created),
                                 count_text(trace.peak_pending));
  const auto add = [&sums](std::uint64_t count, std::string_view what) {
    if (count > 0) sums += fmt::format(", {} {}", count_text(count), what);
  };
  add(tasks.failed, "failed");
  add(tasks.cancelled, "cancelled");
  add(tasks.abandoned, "abandoned");
  page.paragraph({"", Ink::plain}, 0, sums, Ink::faint);
}

std::string remark_on(const model::Site& site) {
  if (site.is(model::kTeardown)) return "closing";
  if (site.is(model::kInternal)) return "internal";
  return site.is(model::kSubscription) ? "subscription" : "";
}

void print_pending(Page& page, const model::Trace& trace) {
  const detect::SiteGroups places(trace);
  std::vector<std::size_t> order;
  for (std::size_t at = 0; at < places.size(); ++at) {
    if (places[at].pending() > 0 && places[at].site < trace.sites.size()) order.push_back(at);
  }
  if (order.empty()) return;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return places[a].pending() > places[b].pending(); });
  const std::vector<Nanos> oldest = oldest_pending_age(trace);
  using Align = Table::Align;
  Table table({{"Pending"},
               {"oldest"},
               {"kind", Align::left, true},
               {"created at", Align::left, true},
               {"", Align::left}});
  for (std::size_t row = 0; row < std::min(order.size(), kMostRows); ++row) {
    const detect::SiteGroup& place = places[order[row]];
    const model::Site& site = trace.sites[place.site];
    Nanos age = 0;
    for (const model::SiteIndex member : place.members) age = std::max(age, oldest[member]);
    table.row({count_text(place.pending()), duration_text(age), site.kind.empty() ? "unknown" : site.kind,
               detect::shown_frame(site) ? detect::place_text(site) : "unknown", remark_on(site)});
  }
  page.gap();
  table.print(page, 0);
  if (order.size() > kMostRows) page.line(more(order.size() - kMostRows, "places"), Ink::faint);
}

// Who read, wrote, sent and received how much, where the trace says.
void print_transfers(Page& page, const model::Trace& trace) {
  struct Row {
    model::SiteIndex site = model::kNoSite;
    std::uint64_t tasks = 0;
    std::uint64_t bytes = 0;
  };
  if (std::none_of(trace.sites.begin(), trace.sites.end(),
                   [](const model::Site& site) { return site.with_bytes > 0; }))
    return;
  const detect::SiteGroups places(trace);
  std::vector<Row> rows;
  for (std::size_t at = 0; at < places.size(); ++at) {
    Row row{places[at].site};
    for (const model::SiteIndex member : places[at].members) {
      row.tasks += trace.sites[member].with_bytes;
      row.bytes = add_bytes(row.bytes, trace.sites[member].bytes);
    }
    if (row.tasks > 0) rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.bytes > b.bytes; });
  using Align = Table::Align;
  Table table(
      {{"Transferred"}, {"tasks"}, {"each"}, {"kind", Align::left, true}, {"created at", Align::left, true}});
  for (std::size_t at = 0; at < std::min(rows.size(), kMostRows); ++at) {
    const Row& row = rows[at];
    const model::Site& site = trace.sites[row.site];
    table.row({bytes_text(row.bytes), count_text(row.tasks), bytes_text(row.bytes / row.tasks),
               site.kind.empty() ? "unknown" : site.kind,
               detect::shown_frame(site) ? detect::place_text(site) : "unknown"});
  }
  page.gap();
  table.print(page, 0);
  if (rows.size() > kMostRows) page.line(more(rows.size() - kMostRows, "places"), Ink::faint);
}

void print_checks(Page& page, const model::Trace& trace) {
  const std::vector<model::ReachabilityCheck>& checks = trace.reachability_checks;
  for (std::size_t at = 0; at < std::min(checks.size(), kMostRows); ++at) {
    if (at == 0) page.gap();
    page.paragraph({at == 0 ? "References  " : "            ", Ink::faint}, kIndent,
                   check_text(trace, checks[at]));
  }
  if (checks.size() > kMostRows) page.line(more(checks.size() - kMostRows, "checks"), Ink::faint);
}

void print_recording(Page& page, const model::Trace& trace) {
  page.gap();
  page.paragraph({"Recording   ", Ink::faint}, kIndent, recording_text(trace));
  std::vector<std::string> missing = what_is_missing(trace);
  if (missing.empty()) missing.push_back("nothing");
  std::string_view name = "Missing     ";
  for (std::size_t at = 0; at < std::min(missing.size(), kMostRows); ++at) {
    page.paragraph({std::string(name), Ink::faint}, kIndent, missing[at]);
    name = "";
  }
  if (missing.size() > kMostRows) {
    page.line(
        {{std::string(kIndent, ' '), Ink::plain}, {more(missing.size() - kMostRows, "remarks"), Ink::faint}});
  }
}

}  // namespace

std::string text_report(const Contents& contents, const TextOptions& options) {
  Page page(options.coloured);
  print_head(page, contents);
  const detect::PendingAwaits awaits(contents.trace);
  print_findings(page, contents, awaits);
  print_stalls(page, contents.trace);
  print_loops(page, contents.trace);
  print_tasks(page, contents.trace);
  print_pending(page, contents.trace);
  print_transfers(page, contents.trace);
  print_awaits(page, awaits);
  print_checks(page, contents.trace);
  print_recording(page, contents.trace);
  return std::move(page).take();
}

}  // namespace loopscope::report
