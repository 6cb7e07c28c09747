#include "tests/bench/micro.h"

#include <benchmark/benchmark.h>
#include <x86intrin.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "tests/bench/recorder.h"

namespace loopscope::bench {
namespace {

constexpr int kPerTick = 256;  // operations an iteration: one tick of a loop
constexpr int kTicks = 400;    // iterations a repetition: some 9 MiB of records, a third of the ring
constexpr int kRepetitions = 15;

std::unique_ptr<Recording> recording;

// Collects the median of each benchmark's repetitions instead of printing them.
class MedianOnly : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type == Run::RT_Aggregate && run.aggregate_name == "median") {
        median_ns = run.GetAdjustedRealTime() / kPerTick;
      }
    }
  }
  double median_ns = 0;
};

// Median ns of one of the `kPerTick` operations that `tick` does, over repetitions that begin with an empty ring.
template <class Tick>
double median_ns(const char* name, Tick tick) {
  benchmark::ClearRegisteredBenchmarks();
  benchmark::RegisterBenchmark(name,
                               [tick](benchmark::State& state) {
                                 for (auto _ : state) tick();
                               })
      ->Iterations(kTicks)
      ->Repetitions(kRepetitions)
      ->ReportAggregatesOnly()
      ->Unit(benchmark::kNanosecond)
      ->Setup([](const benchmark::State&) {
        if (recording) recording->drain();
      });
  MedianOnly reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return reporter.median_ns;
}

template <class Body>
auto in_ticks(Body body) {
  return [body] {
    loopscope_poll_begin(recording->loop(), UINT64_MAX);
    loopscope_poll_end(recording->loop(), kPerTick);
    for (int i = 0; i < kPerTick; ++i) body();
  };
}

void span(loopscope_task task) {
  loopscope_span_begin(task);
  loopscope_span_end(task);
}

std::string losses() {
  const std::uint64_t lost = recording->status().lost_events;
  return lost == 0 ? "" : fmt::format("lost {} events", lost);
}

// Two threads, each its spans, from a common start: wall time a span of the slower one.
double two_threads_ns(loopscope_task task) {
  constexpr int kSpans = 100'000;
  std::atomic<int> ready{0};
  double ns[2] = {};
  const auto produce = [&](int which) {
    loopscope_span_begin(task);
    loopscope_span_end(task);
    ready.fetch_add(1);
    while (ready.load() < 2) _mm_pause();
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kSpans; ++i) span(task);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    ns[which] = took.count() / kSpans;
  };
  std::vector<double> rounds;
  for (int round = 0; round < 11; ++round) {
    recording->drain();
    ready = 0;
    std::thread other(produce, 1);
    produce(0);
    other.join();
    rounds.push_back(std::max(ns[0], ns[1]));
  }
  std::nth_element(rounds.begin(), rounds.begin() + 5, rounds.end());
  return rounds[5];
}

// A creation 16 calls deep, from a place of many.
template <int kDepth>
[[gnu::noinline]] loopscope_task create_below(loopscope_site site) {
  if constexpr (kDepth == 0) {
    return loopscope_task_created(site);
  } else {
    const loopscope_task task = create_below<kDepth - 1>(site);
    benchmark::ClobberMemory();  // no tail call: each frame stays
    return task;
  }
}

}  // namespace

double measure_control() {
  return median_ns("control", [] {
    for (int i = 0; i < kPerTick; ++i) benchmark::DoNotOptimize(__rdtsc());
  });
}

void add_micro_rows(Table& table, const std::string& folder) {
  const double disabled = median_ns("disabled", [] {
#pragma GCC unroll 8  // a call stands alone in a program, not with a loop's counter beside it
    for (int i = 0; i < kPerTick; ++i) {
      if (loopscope_recording()) loopscope_span_begin(1);
    }
  });
  table.add({"call while not recording", table.in_controls(disabled), 0.05, "x", Better::lower, ""});

  struct Rule {
    const char* name;
    std::uint32_t flags;
    double span, life;
  };
  for (const Rule& rule :
       {Rule{"chained", 0, 1.25, 4.5}, Rule{"precise", LOOPSCOPE_START_PRECISE, 2.15, 6.4}}) {
    recording = std::make_unique<Recording>(fmt::format("{}/micro_{}.pb", folder, rule.name), rule.flags);
    const loopscope_site site = a_site();
    const loopscope_task task = loopscope_task_created(site);

    const double a_span = median_ns("span", in_ticks([task] { span(task); }));
    table.add({fmt::format("span, {}", rule.name), table.in_controls(a_span), rule.span, "x", Better::lower,
               losses()});

    const double life = median_ns("life", in_ticks([site] {
                                    const loopscope_task one = loopscope_task_created(site);
                                    span(one);
                                    span(one);
                                    loopscope_task_finished(one);
                                  }));
    table.add({fmt::format("life of a task, 6 events, {}", rule.name), table.in_controls(life), rule.life,
               "x", Better::lower, losses()});

    if (rule.flags == 0) {
      table.add({"span, two threads at once, wall", table.in_controls(two_threads_ns(task)), 3.0, "x",
                 Better::lower, losses()});
      const loopscope_site with_stack = a_site(LOOPSCOPE_SITE_STACK);
      const double plain = median_ns("deep", in_ticks([site] { create_below<16>(site); }));
      const double deep = median_ns("deep, stack", in_ticks([with_stack] { create_below<16>(with_stack); }));
      table.add({"creation stack at a hot site, 16 frames", table.in_controls(deep - plain), 1.0, "x",
                 Better::lower, losses()});
    }
    recording.reset();
  }
}

}  // namespace loopscope::bench
