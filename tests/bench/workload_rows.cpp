#include <fmt/format.h>

#include <cmath>

#include "tests/bench/independent_work.h"
#include "tests/bench/paired.h"
#include "tests/bench/programs/patient_recorder.h"
#include "tests/bench/rows.h"

namespace loopscope::bench {
namespace {

// Many short rounds: a disturbance takes few of them.
constexpr int kRounds = 121;
constexpr std::uint64_t kTasks = 15'000;  // some 82,000 events

double bytes_per_event(const loopscope_status& status) {
  return static_cast<double>(status.bytes_written) / static_cast<double>(status.events);
}

void add_bytes_row(Run& run, const char* name, const Recording& recording, double target) {
  recording.drain();
  run.table.add({.name = name,
                 .value = bytes_per_event(recording.status()),
                 .target = target,
                 .unit = "bytes",
                 .note = recording.losses()});
}

// `workload(recorder)` returns its events.
template <class Workload>
void add_cost_row(Run& run, const char* name, const Recording& recording, Workload workload, double target) {
  LoopscopeRecorder recorder(recording.loop());
  NoRecorder none;
  const Added cost = paired(
      run.control, kRounds, [&] { recording.drain(); },
      [&] { return ns_an_event([&] { return workload(none); }); },
      [&] { return ns_an_event([&] { return workload(recorder); }); });
  const std::string losses = recording.losses();
  run.table.add(row_of(name, cost.in_controls, target,
                       fmt::format("{:.1f} ns beside {:.1f} ns of work{}{}", cost.ns.median, cost.without_ns,
                                   losses.empty() ? "" : ", ", losses)));
}

// The same loop with a gap before every event, from 23 ns to 100 us, short ones more often than long ones, 6.4 us in
// the mean: what a server's stream looks like.
class SkewedRecorder {
 public:
  explicit SkewedRecorder(LoopscopeRecorder recorder) : recorder_(recorder), now_(__rdtsc()) {}
  std::uint64_t created(std::uint64_t parent, std::uint32_t site) {
    gap();
    return recorder_.created(parent, site);
  }
  void begin(std::uint64_t task) { gap(), recorder_.begin(task); }
  void end(std::uint64_t task) { gap(), recorder_.end(task); }
  void finished(std::uint64_t task) { gap(), recorder_.finished(task); }
  void poll_begin() { gap(), recorder_.poll_begin(); }
  void poll_end(std::uint32_t events) { gap(), recorder_.poll_end(events); }

 private:
  // In ticks of about 0.4 ns.
  void gap() {
    const double unit = static_cast<double>(choices_.next() >> 11) * 0x1p-53;
    now_ += static_cast<std::uint64_t>(std::exp(std::log(60.0) + std::log(260'000.0 / 60.0) * unit * unit));
    while (__rdtsc() < now_) {
    }
  }
  LoopscopeRecorder recorder_;
  Choices choices_{12345};
  std::uint64_t now_;
};

}  // namespace

void add_workload_rows(Run& run) {
  std::uint64_t seed = 0;  // the same for both halves of a round
  const auto carried = [&](auto& recorder) { return run_workload(recorder, kTasks, seed++ / 2).events; };
  const auto independent = [](auto& recorder) { return run_independent_work(recorder, kTasks).events; };
  const std::string trace = run.folder + "/workload.pb";
  {
    const Recording recording(trace);
    add_cost_row(run, "cost an event in the workload, chained", recording, carried, 0.3);
    add_cost_row(run, "cost an event, independent work, chained", recording, independent, kNone);
  }
  {
    const Recording recording(trace, {.flags = LOOPSCOPE_START_PRECISE});
    add_cost_row(run, "cost an event in the workload, precise", recording, carried, kNone);
    add_cost_row(run, "cost an event, independent work, precise", recording, independent, kNone);
  }
  {
    const Recording recording(trace);
    PatientRecorder recorder(&recording);
    run_workload(recorder, 1'000'000, 1);
    add_bytes_row(run, "bytes an event on disk, tight stream", recording, 1.2);
  }
  const Recording recording(trace);
  SkewedRecorder skewed{LoopscopeRecorder(recording.loop())};
  run_workload(skewed, 40'000, 1);
  add_bytes_row(run, "bytes an event on disk, log-skewed gaps", recording, 2.5);
}

}  // namespace loopscope::bench
