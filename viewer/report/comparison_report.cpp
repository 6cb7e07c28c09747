#include "viewer/report/comparison_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "viewer/base/text.h"
#include "viewer/report/page.h"

namespace loopscope::report {
namespace {

using detect::Severity;
using Json = nlohmann::ordered_json;

// Raised when a name changes its meaning or goes away; new names do not raise it.
constexpr int kSchema = 1;

constexpr std::size_t kMostFindings = 20;
constexpr std::size_t kMostRows = 20;
constexpr std::size_t kIndent = 8;

Ink ink_of(Change change) {
  switch (change) {
    case Change::worse:
    case Change::appeared: return Ink::bad;
    case Change::better:
    case Change::gone: return Ink::good;
    case Change::more:
    case Change::less:
    case Change::same: break;
  }
  return Ink::plain;
}

// "333 ms -> 801 ms (+140 %)"; the number alone where only one side has it.
std::string change_text(const Compared& compared) {
  if (compared.base == "-") return compared.now;
  if (compared.now == "-") return compared.base;
  std::string text = compared.base + " -> " + compared.now;
  if (const std::string percent = percent_change_text(compared); !percent.empty())
    text += " (" + percent + ")";
  return text;
}

void print_side(Page& page, std::string_view name, const std::string& path, std::size_t traces) {
  const std::string count = traces > 1 ? fmt::format(" ({} traces)", traces) : "";
  page.line(
      {{left(name, kIndent), Ink::faint},
       {shorten_path(safe_text(path), Page::kColumns - kIndent - columns_of(count)) + count, Ink::plain}});
}

void print_finding(Page& page, const FindingRow& row) {
  const std::string tag = fmt::format("{}[{}] ", detect::name_of(row.severity), row.detector);
  const std::string place = row.place.empty() ? row.title : row.place;
  page.line(
      {{left(change_word(row.change), kIndent), ink_of(row.change)},
       {tag, Ink::strong},
       {shorten_name(safe_text(place), Page::kColumns - std::min(kIndent + columns_of(tag), std::size_t{60})),
        Ink::plain}});
  std::string numbers;
  if (!row.evidence_name.empty()) numbers = safe_text(row.evidence_name) + " " + change_text(row.evidence);
  const bool waited = row.price.base_number.value_or(0) > 0 || row.price.now_number.value_or(0) > 0;
  if (waited) numbers += (numbers.empty() ? "" : ", ") + ("tasks waited " + change_text(row.price));
  if (!numbers.empty()) page.paragraph({std::string(kIndent, ' '), Ink::plain}, kIndent, numbers, Ink::faint);
  if (!row.remark.empty())
    page.paragraph({std::string(kIndent, ' '), Ink::plain}, kIndent, row.remark, Ink::faint);
}

void print_findings(Page& page, const Comparison& comparison) {
  page.gap();
  page.line("Findings", Ink::strong);
  std::size_t printed = 0;
  std::size_t same = 0;
  std::size_t left_out = 0;
  for (const FindingRow& row : comparison.findings) {
    // What is as it was is worth a line only where one would expect a change.
    if (row.severity == Severity::info || (row.change == Change::same && row.remark.empty())) {
      same += row.severity != Severity::info;
      continue;
    }
    if (printed == kMostFindings) {
      ++left_out;
      continue;
    }
    ++printed;
    print_finding(page, row);
  }
  if (left_out > 0)
    page.line(fmt::format("... and {} more; --format json has all", count_text(left_out)), Ink::faint);
  if (same > 0)
    page.line(left("same", kIndent) + plural_text(same, "other finding", "other findings"), Ink::faint);
  if (printed == 0 && same == 0) page.line(left("-", kIndent) + "none on either side", Ink::faint);
}

using Align = Table::Align;

Table table_of(std::string name) {
  return Table({{"", Align::left},
                {std::move(name), Align::left, true},
                {"number", Align::left},
                {"base"},
                {"new"},
                {"change"}});
}

bool is_only_in_one(Change change) { return change == Change::appeared || change == Change::gone; }

void print_facts(Page& page, const Comparison& comparison) {
  Table table({{"", Align::left}, {"Overall", Align::left, true}, {"base"}, {"new"}, {"change"}});
  std::size_t same = 0;
  for (const FactRow& row : comparison.facts) {
    // How long it was is to be seen in any case.
    if (row.value.change == Change::same && row.name != "duration") {
      ++same;
      continue;
    }
    table.row({change_word(row.value.change), row.name, row.value.base, row.value.now,
               percent_change_text(row.value)});
  }
  page.gap();
  table.print(page, 0);
  if (same > 0)
    page.line(left("same", kIndent) + plural_text(same, "other number", "other numbers"), Ink::faint);
}

void print_sites(Page& page, const Comparison& comparison) {
  Table table = table_of("Places");
  std::size_t rows = 0;
  std::size_t same = 0;
  std::size_t left_out = 0;
  for (const SiteChange& site : comparison.sites) {
    if (site.change == Change::same) {
      ++same;
      continue;
    }
    const std::string name = site.kind + " " + site.place;
    const std::array<std::pair<const char*, const Compared*>, 5> numbers{
        {{"pending", &site.pending},
         {"lifetime p50", &site.lifetime_p50},
         {"lifetime p99", &site.lifetime_p99},
         {"ran", &site.run},
         {"created", &site.created}}};
    if (rows >= kMostRows) {
      ++left_out;
      continue;
    }
    bool first = true;
    for (const auto& [what, number] : numbers) {
      const bool told =
          is_only_in_one(site.change) ? number == &site.created : number->change != Change::same;
      if (!told) continue;
      table.row({change_word(number->change), first ? name : "", what, number->base, number->now,
                 percent_change_text(*number)});
      first = false;
      ++rows;
    }
  }
  page.gap();
  if (!table.empty()) table.print(page, 0);
  if (left_out > 0)
    page.line(fmt::format("... and {} more places; --format json has all", count_text(left_out)), Ink::faint);
  if (same > 0) page.line(left("same", kIndent) + plural_text(same, "place", "places"), Ink::faint);
}

Json finite_json(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

Json compared_json(const Compared& compared) {
  return {{"base", finite_json(compared.base_number)},
          {"new", finite_json(compared.now_number)},
          {"unit", compared.unit},
          {"percent", finite_json(compared.percent)},
          {"change", change_word(compared.change)}};
}

Json side_json(const std::string& path, std::size_t traces) { return {{"path", path}, {"traces", traces}}; }

}  // namespace

std::string comparison_headline(const Comparison& comparison) {
  std::string text;
  const auto add = [&](std::size_t count, std::string_view one, std::string_view many,
                       std::string_view what) {
    if (count > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", plural_text(count, one, many), what);
  };
  const auto findings = [&](Change change, std::string_view what) {
    add(comparison.findings_that(change), "finding", "findings", what);
  };
  findings(Change::appeared, "new");
  findings(Change::worse, "worse");
  add(comparison.sites_that(Change::worse), "place", "places", "worse");
  add(comparison.facts_that(Change::worse), "number", "numbers", "worse overall");
  findings(Change::better, "better");
  findings(Change::gone, "gone");
  add(comparison.sites_that(Change::better), "place", "places", "better");
  add(comparison.facts_that(Change::better), "number", "numbers", "better overall");
  if (text.empty()) return "no difference";
  return (comparison.is_worse() ? "worse: " : "better: ") + text;
}

std::string comparison_text_report(const Comparison& comparison, const TextOptions& options) {
  Page page(options.coloured);
  print_side(page, "base", comparison.base_path, comparison.base_traces);
  print_side(page, "new", comparison.now_path, comparison.now_traces);
  page.gap();
  const std::string headline = comparison_headline(comparison);
  page.paragraph({"", Ink::plain}, 0, headline,
                 comparison.is_worse()         ? Ink::worst
                 : headline == "no difference" ? Ink::plain
                                               : Ink::good);
  for (const std::string& remark : comparison.remarks)
    page.paragraph({left("note", kIndent), Ink::note}, kIndent, remark, Ink::faint);
  print_findings(page, comparison);
  print_facts(page, comparison);
  print_sites(page, comparison);
  return std::move(page).take();
}

std::string comparison_json_report(const Comparison& comparison) {
  Json json;
  json["schema"] = kSchema;
  json["base"] = side_json(comparison.base_path, comparison.base_traces);
  json["new"] = side_json(comparison.now_path, comparison.now_traces);
  const std::string headline = comparison_headline(comparison);
  json["verdict"] = {{"status", headline.substr(0, headline.find(':'))}, {"headline", headline}};
  json["remarks"] = comparison.remarks;
  json["facts"] = Json::array();
  for (const FactRow& row : comparison.facts) {
    Json one{{"name", row.name}};
    one.update(compared_json(row.value));
    json["facts"].push_back(std::move(one));
  }
  json["findings"] = Json::array();
  for (const FindingRow& row : comparison.findings) {
    json["findings"].push_back({{"change", change_word(row.change)},
                                {"severity", detect::name_of(row.severity)},
                                {"detector", row.detector},
                                {"title", row.title},
                                {"place", row.place},
                                {"evidence_name", row.evidence_name},
                                {"evidence", compared_json(row.evidence)},
                                {"waited", compared_json(row.price)},
                                {"remark", row.remark}});
  }
  json["sites"] = Json::array();
  for (const SiteChange& row : comparison.sites) {
    json["sites"].push_back({{"change", change_word(row.change)},
                             {"kind", row.kind},
                             {"place", row.place},
                             {"created", compared_json(row.created)},
                             {"pending", compared_json(row.pending)},
                             {"lifetime_p50", compared_json(row.lifetime_p50)},
                             {"lifetime_p99", compared_json(row.lifetime_p99)},
                             {"run", compared_json(row.run)}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace loopscope::report
