#include "tests/bench/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/bench/machine.h"

namespace loopscope::bench {
namespace {

using nlohmann::json;

json number(double value) { return std::isnan(value) ? json() : json(value); }

json json_of(const Table& table, const Row& row) {
  json object = {{"name", row.name},
                 {"value", number(row.value)},
                 {"unit", row.unit},
                 {"note", row.note},
                 {"best", number(row.best)},
                 {"better", row.better == Better::lower ? "lower" : "higher"},
                 {"of_baseline", number(table.of_baseline(row))}};
  if (!row.has_target()) return object;
  object["target"] = row.target;
  object["ok"] = row.ok();
  return object;
}

json machine_json() {
  json object;
  for (const auto& [what, value] : machine()) object[what] = value;
  return object;
}

bool write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  return static_cast<bool>(file.flush());
}

std::string markdown_rows(const Table& table, bool with_target) {
  std::string text = with_target
                         ? "| figure | measured | best round | target | unit | |\n|---|--:|--:|--:|---|---|\n"
                         : "| figure | measured | best round | unit | |\n|---|--:|--:|---|---|\n";
  for (const Row& row : table.rows()) {
    if (row.has_target() != with_target) continue;
    text += fmt::format("| {} | {} | {} | ", row.name, figure_text(row.value), figure_text(row.best));
    if (with_target) {
      text += fmt::format("{} {} | ", row.better == Better::lower ? "≤" : "≥", figure_text(row.target));
    }
    const char* verdict = !row.has_target() ? ""
                          : !row.measured() ? "not measured"
                          : row.ok()        ? "met"
                                            : "**falls short**";
    text += fmt::format("{} | {}{}{} |\n", row.unit, verdict, *verdict && !row.note.empty() ? "; " : "",
                        row.note);
  }
  return text;
}

}  // namespace

bool write_json(const Table& table, const Circumstances& circumstances, const std::string& path) {
  json rows = json::array();
  json scale = json::array();
  for (const Row& row : table.rows()) (row.has_target() ? rows : scale).push_back(json_of(table, row));
  const json all = {{"control_ns", circumstances.control_ns},
                    {"others_busy", circumstances.others_busy},
                    {"rows", rows},
                    {"scale", scale},
                    {"machine", machine_json()}};
  return write_text(path, all.dump(2) + '\n');
}

Baseline read_baseline(const std::string& path) {
  Baseline baseline;
  std::ifstream file(path);
  const json read = json::parse(file, nullptr, false);
  if (!read.is_object() || !read.contains("rows")) return baseline;
  for (const auto& [name, value] : read["rows"].items()) {
    if (value.is_number()) baseline[name] = value;
  }
  return baseline;
}

bool save_baseline(const Table& table, const std::string& path) {
  Baseline baseline = read_baseline(path);
  for (const Row& row : table.rows()) {
    if (row.measured()) baseline[row.name] = std::stod(fmt::format("{:.4g}", row.value));
  }
  return write_text(path, json{{"machine", machine_json()}, {"rows", baseline}}.dump(2) + '\n');
}

bool write_markdown(const Table& table, const Circumstances& circumstances, const std::string& path) {
  const std::string begin = "<!-- bench: begin -->\n";
  const std::string end = "<!-- bench: end -->\n";
  std::ifstream file(path);
  std::string page{std::istreambuf_iterator<char>(file), {}};
  const auto from = page.find(begin);
  const auto to = page.find(end);
  if (from == std::string::npos || to == std::string::npos || to < from) return false;

  std::string text = "\n| | |\n|---|---|\n";
  for (const auto& [what, value] : machine()) text += fmt::format("| {} | {} |\n", what, value);
  text +=
      fmt::format("| control | {:.2f} ns per `rdtsc` in a loop: the unit x |\n", circumstances.control_ns);
  text += fmt::format("| other programs | kept {:.1f} processors busy meanwhile |\n\n",
                      circumstances.others_busy);
  text += markdown_rows(table, true);
  const auto with_target = std::count_if(table.rows().begin(), table.rows().end(),
                                         [](const Row& row) { return row.has_target(); });
  const auto met = std::count_if(table.rows().begin(), table.rows().end(),
                                 [](const Row& row) { return row.has_target() && row.ok(); });
  text += fmt::format("\n{} of {} targets are met.\n", met, with_target);
  text += "\nFor scale, without targets:\n\n" + markdown_rows(table, false) + '\n';
  page.replace(from + begin.size(), to - from - begin.size(), text);
  return write_text(path, page);
}

}  // namespace loopscope::bench
