#include "tests/bench/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace loopscope::bench {

void Table::add(Row row) {
  fmt::print(stderr, "  {}\n", row.name);
  rows_.push_back(std::move(row));
}

void Table::print() const {
  fmt::print("\ncontrol: {:.2f} ns per rdtsc in a loop; \"x\" means multiples of it\n\n", control_ns_);
  fmt::print("{:<46} {:>9}    {:>8} {:<10} verdict\n", "figure", "measured", "target", "unit");
  for (const Row& row : rows_) {
    fmt::print("{:<46} {:>9.3g} {} {:>8.3g} {:<10} {}{}\n", row.name, row.value,
               row.better == Better::lower ? "<=" : ">=", row.target, row.unit,
               row.ok() ? "met" : "FALLS SHORT", row.note.empty() ? "" : "; " + row.note);
  }
  const auto met = std::count_if(rows_.begin(), rows_.end(), [](const Row& row) { return row.ok(); });
  fmt::print("\n{} of {} targets met\n", met, rows_.size());
}

bool Table::write_json(const std::string& path) const {
  nlohmann::json rows = nlohmann::json::array();
  for (const Row& row : rows_) {
    rows.push_back({{"name", row.name},
                    {"value", row.value},
                    {"target", row.target},
                    {"unit", row.unit},
                    {"ok", row.ok()},
                    {"better", row.better == Better::lower ? "lower" : "higher"},
                    {"note", row.note}});
  }
  std::ofstream file(path);
  file << nlohmann::json{{"control_ns", control_ns_}, {"rows", rows}}.dump(2) << '\n';
  return static_cast<bool>(file.flush());
}

}  // namespace loopscope::bench
