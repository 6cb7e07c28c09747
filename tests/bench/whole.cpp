#include "tests/bench/whole.h"

#include <x86intrin.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/bench/process.h"
#include "tests/bench/recorder.h"
#include "tests/bench/workload.h"

namespace loopscope::bench {
namespace {

double median(std::vector<double> numbers) {
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  return *middle;
}

double thread_cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

std::uint64_t checksum = 0;

template <class Recorder>
double workload_ns(Recorder recorder, std::uint64_t& events) {
  constexpr std::uint64_t kTasks = 40'000;
  const double start = thread_cpu_ns();
  const WorkloadResult result = run_workload(recorder, kTasks);
  const double took = thread_cpu_ns() - start;
  events = result.events;
  checksum += result.checksum;
  return took / static_cast<double>(result.events);
}

double bytes_per_event(const loopscope_status& status) {
  return static_cast<double>(status.bytes_written) /
         static_cast<double>(std::max<std::uint64_t>(status.events, 1));
}

// The same loop with gaps before every event, spread evenly over the orders of magnitude from 23 ns to 100 us as
// in a real server.
class SkewedRecorder {
 public:
  explicit SkewedRecorder(LoopscopeRecorder recorder) : recorder_(recorder), now_(__rdtsc()) {}
  std::uint64_t created(std::uint64_t parent) { return gap(), recorder_.created(parent); }
  void begin(std::uint64_t task) { gap(), recorder_.begin(task); }
  void end(std::uint64_t task) { gap(), recorder_.end(task); }
  void finished(std::uint64_t task) { gap(), recorder_.finished(task); }
  void poll_begin() { recorder_.poll_begin(); }
  void poll_end(std::uint32_t events) { recorder_.poll_end(events); }

 private:
  void gap() {
    seed_ = work(seed_);
    const double exponent = static_cast<double>(seed_ >> 11) / 9007199254740992.0;
    now_ += static_cast<std::uint64_t>(60 * std::pow(4300.0, exponent));
    while (__rdtsc() < now_) _mm_pause();
  }

  LoopscopeRecorder recorder_;
  std::uint64_t seed_ = 23;
  std::uint64_t now_;
};

}  // namespace

void add_workload_rows(Table& table, const std::string& folder) {
  for (const auto& [name, flags] :
       {std::pair{"chained", 0}, std::pair{"precise", int{LOOPSCOPE_START_PRECISE}}}) {
    const Recording recording(fmt::format("{}/workload_{}.pb", folder, name),
                              static_cast<std::uint32_t>(flags));
    const loopscope_site site = a_site();
    std::vector<double> costs;
    std::vector<double> nulls;
    std::uint64_t events = 0;
    for (int round = 0; round < 31; ++round) {
      const double null = workload_ns(NoRecorder{}, events);
      recording.drain();
      costs.push_back(workload_ns(LoopscopeRecorder{site, recording.loop()}, events) - null);
      nulls.push_back(null);
    }
    recording.drain();
    const loopscope_status status = recording.status();
    const std::string lost =
        status.lost_events == 0 ? "" : fmt::format(", lost {} events", status.lost_events);
    table.add({fmt::format("cost an event in a workload, {}", name), table.in_controls(median(costs)), 0.3,
               "x", Better::lower, fmt::format("beside {:.0f} ns of work{}", median(nulls), lost)});
    if (flags == 0) {
      table.add({"bytes an event, tight stream", bytes_per_event(status), 1.2, "bytes", Better::lower, ""});
    }
  }
  const Recording recording(folder + "/log_skewed.pb", 0);
  SkewedRecorder skewed(LoopscopeRecorder{a_site(), recording.loop()});
  checksum += run_workload(skewed, 23'003).checksum;
  recording.drain();
  table.add({"bytes an event, log-skewed gaps", bytes_per_event(recording.status()), 2.5, "bytes",
             Better::lower, ""});
}

void add_flat_out_rows(Table& table, const std::string& bin, const std::string& folder) {
  const std::string trace = folder + "/flat_out.pb";
  const auto seen = nlohmann::json::parse(run({bin + "/bench_flat_out", trace, "80000000"}).output);
  const double events = seen["events"];
  const double lost = seen["lost"];
  table.add({"sustained, one thread flat out, 80 M events", events / seen["produce_ms"].get<double>() / 1e3,
             90, "M/s", Better::higher, fmt::format("{:.0f} lost", lost)});
  table.add({"events lost in it", lost, 0, "events", Better::lower, ""});
  table.add({"resident memory of it", seen["rss_mb"], 100, "MB", Better::lower,
             fmt::format("{:.0f} MB half way", seen["half_rss_mb"].get<double>())});
  table.add({"loopscope_start", seen["start_ms"], 5, "ms", Better::lower, ""});

  const Finished analysis = run({bin + "/loopscope", "analyze", "--format", "json", trace});
  const double read = nlohmann::json::parse(analysis.output)["trace"]["events"];
  table.add({"analyze, the whole command", read / analysis.wall_ms / 1e3, 30, "M/s", Better::higher,
             fmt::format("{:.1f} M events in {:.2f} s", read / 1e6, analysis.wall_ms / 1e3)});
  table.add({"analyze, peak resident memory an event", static_cast<double>(analysis.peak_rss_bytes) / read,
             8.5, "bytes", Better::lower, ""});
  std::filesystem::remove(trace);
}

void add_preload_rows(Table& table, const std::string& bin, const std::string& folder) {
  const std::string program = bin + "/bench_uv_timers";
  const auto recorded = [&](const std::string& count) {
    return run({bin + "/loopscope", "record", "-o", folder + "/uv_timers.pb", "--", program, count});
  };
  std::vector<double> costs;
  std::vector<double> starts;
  for (int round = 0; round < 11; ++round) {
    costs.push_back(std::stod(recorded("300000").output) - std::stod(run({program, "300000"}).output));
    starts.push_back(recorded("0").wall_ms - run({program, "0"}).wall_ms);
  }
  table.add({"libuv timer start + fire, preloaded: added", median(costs), 40, "ns", Better::lower, ""});
  table.add({"loopscope record: added to a program's run", median(starts), 30, "ms", Better::lower,
             "start and end together"});
}

}  // namespace loopscope::bench
