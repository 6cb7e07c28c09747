// The rows that `./dev bench` prints: each a figure beside its target, or one for scale without. Filled by the
// benchmarks, printed and written by main.
#pragma once

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "tests/bench/rounds.h"

namespace loopscope::bench {

enum class Better { lower, higher };

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Row {
  std::string name;
  double value = kNone;   // the median of its rounds; kNone: could not be measured, the note says why
  double best = kNone;    // of its rounds
  double target = kNone;  // kNone: for scale
  std::string unit;       // "x": multiples of one rdtsc, measured in the same rounds
  Better better = Better::lower;
  std::string note = {};  // what else was seen

  bool measured() const { return !std::isnan(value); }
  bool has_target() const { return !std::isnan(target); }
  bool ok() const { return measured() && (better == Better::lower ? value <= target : value >= target); }
};

// A row of multiples of the control.
Row row_of(std::string name, Figure figure, double target, std::string note = "");

// What a run before gave, by name; empty if there was none.
using Baseline = std::map<std::string, double>;

// What is known of a run besides its rows.
struct Circumstances {
  double control_ns = 0;
  double others_busy = 0;  // processors that other programs kept busy meanwhile
};

class Table {
 public:
  explicit Table(Baseline baseline) : baseline_(std::move(baseline)) {}

  void add(Row row);
  const std::vector<Row>& rows() const { return rows_; }

  // Value by value of the baseline; kNone if either is missing or 0.
  double of_baseline(const Row& row) const;
  // More than a tenth on the wrong side of the baseline.
  bool regressed(const Row& row) const;

  void print(const Circumstances& circumstances) const;

 private:
  std::vector<Row> rows_;
  Baseline baseline_;
};

// "1.23", "110 M": three digits.
std::string figure_text(double value);

}  // namespace loopscope::bench
