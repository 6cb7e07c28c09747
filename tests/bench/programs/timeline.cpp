// Analyses a trace as the command line or as the viewer does, asks the timeline for pictures of 1280 columns, and
// prints one JSON object. usage: bench_timeline TRACE without|with
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "tests/bench/programs/memory.h"
#include "tests/bench/rounds.h"
#include "viewer/analysis.h"

using namespace loopscope;

namespace {

constexpr int kColumns = 1280;

const model::IntervalRow* longest_row(const model::Timeline& timeline) {
  const model::IntervalRow* longest = nullptr;
  for (const model::ThreadRows& thread : timeline.threads) {
    for (const model::IntervalRow& row : thread.spans) {
      if (longest == nullptr || row.size() > longest->size()) longest = &row;
    }
  }
  return longest;
}

// Of a hundred frames of a view that moves, the median of the thread's time; of three zooms, the worst.
template <class Column>
double worst_us(const model::Trace& trace, Column column) {
  double worst = 0;
  for (const double zoom : {1.0, 0.03, 0.0001}) {
    const auto length = static_cast<Nanos>(static_cast<double>(trace.duration()) * zoom);
    const Time first = trace.begin + (trace.duration() - length) / 3;
    std::vector<double> frames;
    for (int frame = 0; frame < 101; ++frame) {
      const Time from = first + frame * (length / 997);
      const double start = bench::cpu_ns();
      for (int x = 0; x < kColumns; ++x)
        column(from + length / kColumns * x, from + length / kColumns * (x + 1));
      frames.push_back((bench::cpu_ns() - start) / 1e3);
    }
    std::nth_element(frames.begin(), frames.begin() + 50, frames.end());
    worst = std::max(worst, frames[50]);
  }
  return worst;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  AnalyzeOptions options;
  options.timeline = std::strcmp(argv[2], "with") == 0;
  const double start = bench::wall_ns();
  const Result<Analysis> analysis = analyze(argv[1], options);
  const double ms = (bench::wall_ns() - start) / 1e6;
  if (!analysis) {
    fmt::print(stderr, "{}\n", analysis.error().text());
    return 1;
  }
  const model::Trace& trace = analysis->trace;
  const double peak = bench::peak_resident_bytes();
  double sums_us = 0;
  double pending_us = 0;
  std::uint64_t seen = 0;  // so that no question is left out
  std::size_t intervals = 0;
  if (const model::IntervalRow* const row = longest_row(trace.timeline); row != nullptr) {
    intervals = row->size();
    sums_us = worst_us(trace, [&](Time from, Time to) { seen += row->sum(from, to).count; });
    const model::PendingHistory& history = trace.timeline.pending;
    pending_us =
        worst_us(trace, [&](Time from, Time to) { seen += history.extent(trace.tasks, from, to).most; });
  }
  fmt::print(
      R"({{"events": {}, "ms": {:.3f}, "peak_rss": {}, "anonymous": {}, "intervals": {}, "sums_us": {:.1f}, )"
      R"("pending_us": {:.1f}, "seen": {}}})"
      "\n",
      trace.events, ms, peak, bench::memory_of("RssAnon:"), intervals, sums_us, pending_us, seen);
  return 0;
}
