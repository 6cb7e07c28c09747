// The rows that `./dev bench` prints: each a figure beside its target. Filled by the benchmarks, printed and
// written as JSON by main.
#pragma once

#include <string>
#include <vector>

namespace loopscope::bench {

enum class Better { lower, higher };

struct Row {
  std::string name;
  double value = 0;
  double target = 0;
  std::string unit;  // "x control": multiples of one rdtsc, measured in the same run
  Better better = Better::lower;
  std::string note;  // what else was seen, "" if nothing

  bool ok() const { return better == Better::lower ? value <= target : value >= target; }
};

class Table {
 public:
  explicit Table(double control_ns) : control_ns_(control_ns) {}

  // ns per rdtsc in a loop: the unit of every time that should carry over to another machine.
  double control_ns() const { return control_ns_; }
  double in_controls(double ns) const { return ns / control_ns_; }

  void add(Row row);
  void print() const;
  // {"control_ns": ..., "rows": [{"name", "value", "target", "unit", "ok"}]}; false if it cannot be written.
  bool write_json(const std::string& path) const;

 private:
  double control_ns_;
  std::vector<Row> rows_;
};

}  // namespace loopscope::bench
