#include "tests/bench/table.h"

#include <fmt/format.h>

#include <algorithm>

namespace loopscope::bench {

Row row_of(std::string name, Figure figure, double target, std::string note) {
  return {.name = std::move(name),
          .value = figure.median,
          .best = figure.minimum,
          .target = target,
          .unit = "x",
          .note = std::move(note)};
}

void Table::add(Row row) {
  fmt::print(stderr, "  {}\n", row.name);
  rows_.push_back(std::move(row));
}

double Table::of_baseline(const Row& row) const {
  const auto before = baseline_.find(row.name);
  if (before == baseline_.end() || !row.measured() || !(before->second > 0)) return kNone;
  return row.value / before->second;
}

bool Table::regressed(const Row& row) const {
  const double ratio = of_baseline(row);
  if (std::isnan(ratio)) return false;
  return row.better == Better::lower ? ratio > 1.1 : ratio < 1 / 1.1;
}

std::string figure_text(double value) {
  if (std::isnan(value)) return "-";
  return fmt::format("{:.3g}", value);
}

namespace {

void print_row(const Table& table, const Row& row) {
  const char* relation = row.better == Better::lower ? "<=" : ">=";
  const double ratio = table.of_baseline(row);
  std::vector<std::string> notes;
  if (row.has_target())
    notes.emplace_back(!row.measured() ? "NOT MEASURED" : row.ok() ? "met" : "FALLS SHORT");
  if (!std::isnan(ratio)) {
    notes.push_back(fmt::format("x{:.2f} of baseline{}", ratio, table.regressed(row) ? ": REGRESSED" : ""));
  }
  if (!row.note.empty()) notes.push_back(row.note);
  fmt::print("{:<52} {:>8} {:>8}  {:<10} {:<7} {}\n", row.name, figure_text(row.value), figure_text(row.best),
             row.has_target() ? fmt::format("{} {}", relation, figure_text(row.target)) : "", row.unit,
             fmt::join(notes, "; "));
}

}  // namespace

void Table::print(const Circumstances& circumstances) const {
  fmt::print("\ncontrol: {:.2f} ns per rdtsc in a loop; \"x\" means multiples of it\n",
             circumstances.control_ns);
  fmt::print("other programs kept {:.1f} processors busy meanwhile{}\n\n", circumstances.others_busy,
             circumstances.others_busy > 0.2 ? ": measure again on a quiet machine" : "");
  fmt::print("{:<52} {:>8} {:>8}  {:<10} {:<7} verdict\n", "figure", "median", "best", "target", "unit");
  for (const Row& row : rows_) {
    if (row.has_target()) print_row(*this, row);
  }
  fmt::print("\nfor scale\n");
  for (const Row& row : rows_) {
    if (!row.has_target()) print_row(*this, row);
  }
  const auto with_target =
      std::count_if(rows_.begin(), rows_.end(), [](const Row& r) { return r.has_target(); });
  const auto met =
      std::count_if(rows_.begin(), rows_.end(), [](const Row& r) { return r.has_target() && r.ok(); });
  const auto worse =
      std::count_if(rows_.begin(), rows_.end(), [this](const Row& row) { return regressed(row); });
  fmt::print("\n{} of {} targets met", met, with_target);
  if (!baseline_.empty()) fmt::print("; {} figures more than 10 % worse than the baseline", worse);
  fmt::print("\n");
}

}  // namespace loopscope::bench
