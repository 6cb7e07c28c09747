#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/bench/process.h"
#include "tests/bench/rows.h"

namespace loopscope::bench {
namespace {

using nlohmann::json;

void add_rate_row(Run& run, const char* name, const std::vector<double>& ms, double events, double target) {
  const Figure figure = figure_of(ms);
  run.table.add({.name = name,
                 .value = events / figure.median / 1e3,
                 .best = events / figure.minimum / 1e3,
                 .target = target,
                 .unit = "M/s",
                 .better = Better::higher,
                 .note = fmt::format("{:.1f} M events in {:.2f} s", events / 1e6, figure.median / 1e3)});
}

}  // namespace

void add_read_rows(Run& run_) {
  const std::string trace = run_.folder + "/read.pb";
  const auto made = json::parse(run({run_.programs + "/bench_generate", trace, "110000000"}).output);
  const std::string lost =
      made["lost"] == 0 ? "" : fmt::format("the trace lacks {} events", made["lost"].get<std::uint64_t>());
  const auto read = [&](const char* how, int processors) {
    return json::parse(run({run_.programs + "/bench_read_model", trace, how}, {}, processors).output);
  };
  std::vector<double> one_ms, two_ms, ratios, headers_ms, memory;
  double analyze_peak = 0;
  double events = 0;
  for (int round = 0; round < 3; ++round) {
    const json one = read("1", 1);
    const json two = read("2", 2);
    const Finished analysis =
        run({run_.programs + "/loopscope", "analyze", "--format", "json", trace}, {}, 2);
    events = one["events"];
    one_ms.push_back(one["ms"]);
    two_ms.push_back(two["ms"]);
    memory.push_back(std::max(one["peak_rss"].get<double>(), two["peak_rss"].get<double>()) / events);
    ratios.push_back(analysis.wall_ms / two_ms.back());
    analyze_peak = static_cast<double>(analysis.peak_rss_bytes) / events;
  }
  std::vector<double> timeline_ratios, timeline_memory, sums_us, pending_us;
  for (int round = 0; round < 3; ++round) {
    const auto analyzed = [&](const char* how) {
      return json::parse(run({run_.programs + "/bench_timeline", trace, how}, {}, 2).output);
    };
    const json without = analyzed("without");
    const json with = analyzed("with");
    timeline_ratios.push_back(with["ms"].get<double>() / without["ms"].get<double>());
    timeline_memory.push_back(with["peak_rss"].get<double>() / events);
    sums_us.push_back(with["sums_us"]);
    pending_us.push_back(with["pending_us"]);
  }
  bool agree = true;
  const Finished streaming = run(
      {run_.programs + "/loopscope", "analyze", "--streaming", "--format", "json", "-o", "/dev/null", trace},
      {}, 2);
  for (int round = 0; round < 9; ++round) {
    const json headers = read("headers", 0);
    headers_ms.push_back(headers["ms"]);
    agree = agree && headers["events"] == events;
  }

  add_rate_row(run_, "read + model, 110 M events, one core", one_ms, events, 60);
  add_rate_row(run_, "read + model, 110 M events, two cores", two_ms, events, 85);
  const auto add = [&](const char* name, Figure figure, double target, const char* unit,
                       std::string note = "") {
    run_.table.add({.name = name,
                    .value = figure.median,
                    .best = figure.minimum,
                    .target = target,
                    .unit = unit,
                    .note = std::move(note)});
  };
  add("read + model, peak resident memory an event", figure_of(memory), 8.5, "bytes", lost);
  add("analyze in all, of read + model on two cores", figure_of(ratios), 2, "times");
  add("analyze in all, peak resident memory an event", {analyze_peak, kNone}, kNone, "bytes");
  add("analyze with timeline, of analyze without", figure_of(timeline_ratios), 1.3, "times");
  add("analyze with timeline, peak resident memory an event", figure_of(timeline_memory), 12, "bytes");
  add("timeline, sums of 1280 columns of the longest row", figure_of(sums_us), 500, "us");
  add("timeline, pending tasks of 1280 columns", figure_of(pending_us), kNone, "us");
  // A child's peak begins with what we weighed when we started it.
  rusage own{};
  getrusage(RUSAGE_SELF, &own);
  const bool seen = streaming.peak_rss_bytes > static_cast<std::uint64_t>(own.ru_maxrss) * 1024;
  add("analyze --streaming, peak resident memory",
      {static_cast<double>(streaming.peak_rss_bytes) / 1e6, kNone}, kNone, "MB",
      fmt::format("{:.2f} s{}", streaming.wall_ms / 1e3,
                  seen ? "" : "; or less: it is what the benchmark itself weighs"));
  add("batch headers of 110 M events, warm", figure_of(headers_ms), 50, "ms",
      agree ? "" : "they promise other events than are read");
  std::filesystem::remove(trace);
}

}  // namespace loopscope::bench
