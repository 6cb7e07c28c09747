#include <fmt/format.h>

#include "tests/bench/recorder.h"
#include "tests/bench/rows.h"

namespace loopscope::bench {
namespace {

constexpr int kRounds = 31;
constexpr int kPerTick = 256;
constexpr int kTicks = 400;  // a round: some 9 MiB of records, a third of the ring

// ns a body, over ticks of a loop that run it `kPerTick` times each.
template <class Body>
double ns_in_ticks(loopscope_loop loop, Body body) {
  const double start = cpu_ns();
  for (int tick = 0; tick < kTicks; ++tick) {
    loopscope_poll_begin(loop, UINT64_MAX);
    loopscope_poll_end(loop, kPerTick);
    for (int i = 0; i < kPerTick; ++i) body();
  }
  return (cpu_ns() - start) / (kTicks * kPerTick);
}

void span(loopscope_task task) {
  loopscope_span_begin(task);
  loopscope_span_end(task);
}

template <class Call>
double ns_a_call(Call call) {
  constexpr int kCalls = 400'000;
  const double start = cpu_ns();
#pragma GCC unroll 8  // a call stands alone in a program, not with a loop's counter beside it
  for (int i = 0; i < kCalls; ++i) call();
  return (cpu_ns() - start) / kCalls;
}

void add_rows_of_clock_rule(Run& run, const char* rule, std::uint32_t flags, double span_target,
                            double life_target) {
  const Recording recording(fmt::format("{}/calls.pb", run.folder), {.flags = flags});
  const loopscope_site site = a_site();
  const loopscope_task task = loopscope_task_created(site);
  const auto drain = [&] { recording.drain(); };
  const Figure spans = run.control.ratio(
      kRounds, drain, [&] { return ns_in_ticks(recording.loop(), [task] { span(task); }); });
  run.table.add(row_of(fmt::format("span, {}", rule), spans, span_target, recording.losses()));

  const Figure lives = run.control.ratio(kRounds, drain, [&] {
    return ns_in_ticks(recording.loop(), [site] {
      const loopscope_task one = loopscope_task_created(site);
      span(one);
      span(one);
      loopscope_task_finished(one);
    });
  });
  run.table.add(
      row_of(fmt::format("life of a task, 6 events, {}", rule), lives, life_target, recording.losses()));
}

}  // namespace

void add_call_rows(Run& run) {
  const auto nothing = [] {};
  const Figure inlined = run.control.ratio(kRounds, nothing, [] {
    return ns_a_call([] {
      if (loopscope_recording()) loopscope_span_begin(1);
    });
  });
  run.table.add(row_of("disabled call", inlined, 0.05));
  const Figure called =
      run.control.ratio(kRounds, nothing, [] { return ns_a_call([] { loopscope_span_begin(1); }); });
  run.table.add(row_of("disabled call, without asking loopscope_recording()", called, kNone));
  add_rows_of_clock_rule(run, "chained", 0, 1.25, 4.5);
  add_rows_of_clock_rule(run, "precise", LOOPSCOPE_START_PRECISE, 2.15, 6.4);
}

}  // namespace loopscope::bench
