#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/bench/process.h"
#include "tests/bench/rows.h"

namespace loopscope::bench {

void add_flat_out_rows(Run& run_) {
  const std::string trace = run_.folder + "/flat_out.pb";
  const auto flat_out = [&](const char* events) {
    return nlohmann::json::parse(run({run_.programs + "/bench_flat_out", trace, events}).output);
  };
  std::vector<double> rates, starts;
  double lost = 0;
  double rss = 0;
  for (int round = 0; round < 3; ++round) {
    const auto seen = flat_out("80000000");
    rates.push_back(seen["events"].get<double>() / seen["produce_ms"].get<double>() / 1e3);
    lost = std::max(lost, seen["lost"].get<double>());
    rss = std::max(rss, seen["rss"].get<double>());
  }
  const double longer_rss = flat_out("240000000")["rss"];
  for (int round = 0; round < 21; ++round) starts.push_back(flat_out("0")["start_ms"]);
  Table& table = run_.table;
  table.add({.name = "sustained, one thread flat out, 80 M events",
             .value = median(rates),
             .best = *std::max_element(rates.begin(), rates.end()),
             .target = 90,
             .unit = "M/s",
             .better = Better::higher,
             .note = "3 runs"});
  table.add({.name = "events lost in it", .value = lost, .target = 0, .unit = "events", .note = "worst run"});
  table.add({.name = "resident memory of it",
             .value = rss / 1e6,
             .target = 100,
             .unit = "MB",
             .note = "host and agent, worst run"});
  table.add({.name = "growth of it with 240 M events",
             .value = std::max(0.0, longer_rss - rss) / 1e6,
             .target = 2,
             .unit = "MB"});
  const Figure start = figure_of(starts);
  table.add({.name = "agent start", .value = start.median, .best = start.minimum, .target = 5, .unit = "ms"});
}

}  // namespace loopscope::bench
