#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/report/evidence_text.h"
#include "viewer/report/finding_price.h"
#include "viewer/report/finding_text.h"
#include "viewer/report/html_parts.h"
#include "viewer/report/markup.h"
#include "viewer/report/summary.h"
#include "viewer/report/task_text.h"

namespace loopscope::report {
namespace {

using detect::Finding;
using detect::Severity;

constexpr std::size_t kBytes = 400'000;
constexpr std::size_t kMostFrames = 24;
constexpr std::size_t kMostMembers = 50;
constexpr std::size_t kMostParents = 8;
constexpr std::size_t kMostEvidence = 40;
constexpr std::size_t kWordCharacters = 60;  // of a fate, a label, a unit

std::string term(std::string_view name, std::string_view value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
}

// What it costs: the number that says most, and for how long tasks waited.
std::string price_html(const Finding& finding) {
  std::string words = price_of(finding).text;
  const Nanos waited = static_cast<Nanos>(std::clamp(finding.price, 0.0, 9e9) * 1e9);
  if (waited > 0) words += (words.empty() ? "" : ", ") + ("tasks waited " + duration_text(waited));
  return words.empty() ? "" : "<p class=\"price\">" + escaped(words, kNameCharacters) + "</p>\n";
}

std::string evidence_html(const Finding& finding) {
  if (finding.evidence.empty()) return "";
  std::string html = "<dl class=\"evidence\">\n";
  for (std::size_t at = 0; at < std::min(finding.evidence.size(), kMostEvidence); ++at) {
    const detect::Evidence& one = finding.evidence[at];
    html += term(escaped(evidence_name(one), kWordCharacters), escaped(evidence_text(one), kNameCharacters));
  }
  return html + "</dl>\n";
}

std::string stack_html(const std::vector<model::Frame>& stack, bool truncated) {
  std::string items;
  std::size_t frames = 0;
  for (const model::Frame& frame : stack) {
    if (detect::is_agent_frame(frame)) continue;
    if (++frames <= kMostFrames)
      items += fmt::format("<li{}>{}</li>\n", frame.library ? " class=\"lib\"" : "", place_html(&frame));
  }
  if (frames > kMostFrames)
    items +=
        fmt::format("<li class=\"more\">... and {} more frames</li>\n", count_text(frames - kMostFrames));
  else if (truncated)
    items += "<li class=\"more\">... not recorded further down</li>\n";
  return "<ol class=\"stack\">\n" + items + "</ol>\n";
}

std::string fold(std::string_view title, std::string_view body, bool open) {
  return fmt::format("<details{}><summary>{}</summary>\n{}</details>\n", open ? " open" : "", title, body);
}

std::string stacks_html(const model::Trace& trace, const Finding& finding, bool open) {
  const bool placed = finding.site != model::kNoSite && finding.site < trace.sites.size();
  std::string html;
  if (!finding.stack.empty()) html += fold("Stack", stack_html(finding.stack, false), open);
  if (placed && trace.sites[finding.site].stack.size() > 1) {
    const model::Site& site = trace.sites[finding.site];
    html += fold(finding.stack.empty() ? "Stack that created the tasks" : "Where the task was created",
                 stack_html(site.stack, site.stack_truncated), open && finding.stack.empty());
  }
  return html;
}

std::string lines_html(const Finding& finding) {
  if (finding.lines.size() < 2) return "";
  std::vector<std::vector<std::string>> rows;
  for (const detect::LineCost& line : finding.lines) {
    const std::string interval = interval_text(line.interval, "%");
    rows.push_back({duration_text(line.time),
                    fmt::format("{:.1f} %{}", line.share, interval.empty() ? "" : " " + escaped(interval)),
                    place_html(&line.frame)});
  }
  return "<h4>By line</h4>\n" +
         table_html({{"time"}, {"share"}, {"line", false}}, rows, rows.size(), "lines", 20'000);
}

std::string members_html(const model::Trace& trace, const Finding& finding) {
  if (finding.members.empty()) return "";
  std::vector<std::vector<std::string>> rows;
  for (const detect::Member& member : finding.members) {
    if (rows.size() == kMostMembers) break;
    rows.push_back({escaped(task_name(trace, member.task), kWordCharacters), duration_text(member.at),
                    duration_text(member.lasted), escaped(member.fate, kWordCharacters),
                    escaped(task_place_text(trace, member.task), kNameCharacters)});
  }
  const std::string title =
      finding.members_title.empty() ? "The group" : escaped(finding.members_title, kSentenceCharacters);
  return "<h4>" + title + "</h4>\n" +
         table_html({{"task", false}, {"at"}, {"for"}, {"what became of it", false}, {"created at", false}},
                    rows, finding.members.size(), "tasks", 30'000);
}

std::string contexts_html(const Finding& finding) {
  if (finding.contexts.empty()) return "";
  std::vector<std::vector<std::string>> rows;
  for (const detect::ContextShare& one : finding.contexts) {
    rows.push_back({escaped(one.key + "=" + one.value, kNameCharacters), count_text(one.tasks),
                    duration_text(one.time)});
  }
  return "<h4>Whom it hit</h4>\n" +
         table_html({{"context", false}, {"tasks"}, {"time"}}, rows, rows.size(), "contexts", 10'000);
}

std::string waiting_html(const model::Trace& trace, const Finding& finding) {
  if (finding.waiting.empty()) return "";
  std::vector<std::vector<std::string>> rows;
  for (const detect::WaitingTask& one : finding.waiting) {
    rows.push_back({duration_text(one.waited), escaped(task_name(trace, one.task), kWordCharacters),
                    escaped(task_place_text(trace, one.task), kNameCharacters)});
  }
  return "<h4>Who waited longest</h4>\n" +
         table_html({{"waited"}, {"task", false}, {"created at", false}}, rows, rows.size(), "tasks", 10'000);
}

// One example with those that led to it.
std::string example_html(const model::Trace& trace, const Finding& finding) {
  if (finding.tasks.empty() || finding.tasks.front() >= trace.tasks.size()) return "";
  const model::TaskIndex task = finding.tasks.front();
  std::string body = "<p>" + escaped(task_text(trace, task), kNameCharacters) + "</p>\n";
  std::string parents;
  for (const model::TaskIndex parent : parents_of(trace, task, kMostParents)) {
    parents += "<li>" + escaped(task_name(trace, parent), kWordCharacters) + " <span class=\"at\">" +
               escaped(task_place_text(trace, parent), kNameCharacters) + "</span></li>\n";
  }
  if (!parents.empty()) body += "<p>created by</p><ol class=\"stack\">\n" + parents + "</ol>\n";
  return fold("Example", body, false);
}

// A sign and a word beside the colour: not everybody tells the colours apart.
std::string badge(const Finding& finding) {
  const std::string_view name = detect::name_of(finding.severity);
  const char* sign = finding.severity == Severity::critical  ? "&#9632;"
                     : finding.severity == Severity::warning ? "&#9650;"
                                                             : "&#9679;";
  return fmt::format("<span class=\"badge {}\">{} {}{}</span>", name, sign, name,
                     finding.candidate ? ", candidate" : "");
}

std::string card(const model::Trace& trace, const Finding& finding, bool open) {
  std::string html =
      fmt::format("<article class=\"card {}\">\n<p class=\"tag\">{} <code>{}</code></p>\n<h3>{}</h3>\n",
                  detect::name_of(finding.severity), badge(finding),
                  escaped(finding.detector, kWordCharacters), escaped(finding.title, kSentenceCharacters));
  if (const model::Frame* frame = frame_of(trace, finding))
    html += "<p class=\"place\">at " + place_html(frame) + "</p>\n";
  html += price_html(finding);
  if (!finding.advice.empty())
    html +=
        "<p class=\"advice\"><b>Advice:</b> " + escaped(finding.advice, 2 * kSentenceCharacters) + "</p>\n";
  if (finding.candidate)
    html += "<p class=\"hint\">A candidate: the trace cannot tell it from something that is meant so.</p>\n";
  html += evidence_html(finding) + lines_html(finding) + waiting_html(trace, finding) +
          contexts_html(finding) + members_html(trace, finding) + stacks_html(trace, finding, open) +
          example_html(trace, finding);
  return html + "</article>\n";
}

}  // namespace

std::string findings_html(const Contents& contents) {
  if (contents.findings.empty()) return "";
  constexpr std::size_t kMostOpen = 3;
  std::string cards;
  std::string notes;
  Room room(kBytes);
  std::size_t shown = 0;
  for (const Finding& finding : contents.findings) {
    const bool note = finding.severity == Severity::info;
    if (room.add(note ? notes : cards, card(contents.trace, finding, !note && shown < kMostOpen))) ++shown;
  }
  std::string html = "<section id=\"findings\">\n";
  if (!cards.empty()) html += "<h2>Findings</h2>\n" + cards;
  if (!notes.empty()) html += "<h2>Notes</h2>\n" + notes;
  if (shown < contents.findings.size())
    html += fmt::format("<p class=\"more\">... and {} more; --format json has all</p>\n",
                        count_text(contents.findings.size() - shown));
  return html + "</section>\n";
}

}  // namespace loopscope::report
