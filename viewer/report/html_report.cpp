#include "viewer/report/html_report.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/report/html_assets.h"
#include "viewer/report/html_parts.h"
#include "viewer/report/markup.h"
#include "viewer/report/recording_text.h"
#include "viewer/report/summary.h"

namespace loopscope::report {
namespace {

using detect::Severity;
using detect::Verdict;

constexpr std::size_t kMostRemarks = 20;
constexpr std::size_t kCommandCharacters = 1000;

// RFC 4648, of bytes in hex.
std::string base64_of(std::string_view hex) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto nibble = [](char c) { return static_cast<std::uint32_t>(c <= '9' ? c - '0' : c - 'a' + 10); };
  std::string text;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : hex) {
    bits = bits << 4 | nibble(c);
    count += 4;
    if (count < 6) continue;
    count -= 6;
    text += kDigits[bits >> count & 63];
  }
  if (count > 0) text += kDigits[bits << (6 - count) & 63];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string head(const model::Trace& trace, const Verdict& verdict) {
  const std::string policy = fmt::format(
      "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action "
      "'none'",
      base64_of(kHtmlStyle.sha256), base64_of(kHtmlScript.sha256));
  const std::string program = program_name(trace.process);
  std::string html = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  html += "<meta http-equiv=\"Content-Security-Policy\" content=\"" + policy + "\">\n";
  html +=
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" "
      "content=\"no-referrer\">\n";
  html += fmt::format("<title>{}: {} - loopscope</title>\n",
                      escaped(program.empty() ? "unknown program" : program, 80),
                      detect::name_of(verdict.status));
  // No blank at either end: the policy knows them byte by byte.
  html += "<style>";
  html += kHtmlStyle.text;
  return html + "</style>\n</head>\n";
}

std::string facts_html(const model::Trace& trace) {
  std::vector<std::pair<std::string, std::string>> facts{{"recorded", duration_text(trace.duration())},
                                                         {"events", count_text(trace.events)},
                                                         {"lost", count_text(trace.integrity.lost_events)},
                                                         {"end", end_text(trace)}};
  if (trace.process.pid != 0) facts.emplace_back("pid", fmt::format("{}", trace.process.pid));
  if (const std::string at = utc_text(trace.process.started_at_unix_ns); !at.empty())
    facts.emplace_back("started", at);
  if (trace.process.cpus != 0) facts.emplace_back("processors", count_text(trace.process.cpus));
  facts.emplace_back("recording took", recording_text(trace));
  std::string html = "<dl class=\"facts\">\n";
  for (const auto& [name, value] : facts)
    html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, escaped(value, kNameCharacters));
  return html + "</dl>\n";
}

std::string counts_text(const std::vector<detect::Finding>& findings) {
  const auto of = [&](Severity severity) {
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(),
                      [&](const detect::Finding& finding) { return finding.severity == severity; }));
  };
  return fmt::format("{} critical, {}, {}", of(Severity::critical),
                     plural_text(of(Severity::warning), "warning", "warnings"),
                     plural_text(of(Severity::info), "note", "notes"));
}

// What may have kept findings from firing belongs to the verdict.
std::string confounders_html(std::span<const detect::Confounder> confounders) {
  if (confounders.empty()) return {};
  std::string html = "<ul id=\"confounders\" class=\"hint\">\n";
  for (const detect::Confounder& one : confounders)
    html += "<li>" + escaped(one.sentence, kSentenceCharacters) + "</li>\n";
  return html + "</ul>\n";
}

std::string verdict_html(const Contents& contents) {
  const Verdict& verdict = contents.verdict;
  const char* sign = verdict.status == Verdict::Status::critical  ? "&#9632;"
                     : verdict.status == Verdict::Status::warning ? "&#9650;"
                                                                  : "&#10003;";
  return fmt::format(
      "<section id=\"verdict\" class=\"{}\"><p><b class=\"badge {}\">{} {}</b> {}</p>\n<p "
      "class=\"hint\">{}</p>\n{}</section>\n",
      detect::name_of(verdict.status), detect::name_of(verdict.status), sign, detect::name_of(verdict.status),
      escaped(verdict.headline, kSentenceCharacters), counts_text(contents.findings),
      confounders_html(contents.confounders));
}

std::string missing_html(const model::Trace& trace) {
  const std::vector<std::string> remarks = what_is_missing(trace);
  if (remarks.empty())
    return "<section id=\"missing\"><h2>Missing from the trace</h2><p>nothing</p></section>\n";
  std::string html = "<section id=\"missing\"><h2>Missing from the trace</h2><ul>\n";
  for (std::size_t at = 0; at < std::min(remarks.size(), kMostRemarks); ++at)
    html += "<li>" + escaped(remarks[at], kSentenceCharacters) + "</li>\n";
  if (remarks.size() > kMostRemarks)
    html +=
        fmt::format("<li class=\"more\">... and {} more</li>\n", count_text(remarks.size() - kMostRemarks));
  return html + "</ul></section>\n";
}

}  // namespace

std::string html_report(const Contents& contents) {
  const model::Trace& trace = contents.trace;
  std::string html = head(trace, contents.verdict);
  html += "<body>\n<header><h1>" + escaped(command_line_text(trace.process), kCommandCharacters) + "</h1>\n" +
          facts_html(trace) + "</header>\n<main>\n";
  html += verdict_html(contents) + findings_html(contents) + plots_html(trace) + stalls_html(trace) +
          tables_html(trace) + missing_html(trace);
  html +=
      "</main>\n<footer><p>Written by loopscope. The page holds all it shows, and asks for "
      "nothing.</p></footer>\n";
  html += "<script>";
  html += kHtmlScript.text;
  return html + "</script>\n</body>\n</html>\n";
}

}  // namespace loopscope::report
