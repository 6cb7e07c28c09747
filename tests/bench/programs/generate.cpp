// Makes a trace of the workload with (about) that many events and none lost, however busy the machine is: it waits
// for the writer now and then, while the loop polls. usage: bench_generate TRACE EVENTS
#include <cstdlib>

#include "tests/bench/recorder.h"

namespace {

using namespace loopscope::bench;

class PatientRecorder {
 public:
  explicit PatientRecorder(const Recording& recording) : recording_(recording), recorder_(recording) {}
  std::uint64_t created(std::uint64_t parent, std::uint32_t site) {
    ++since_drained_;
    return recorder_.created(parent, site);
  }
  void begin(std::uint64_t task) { recorder_.begin(task); }
  void end(std::uint64_t task) { recorder_.end(task); }
  void finished(std::uint64_t task) { recorder_.finished(task); }
  void poll_begin() {
    recorder_.poll_begin();
    if (since_drained_ < 100'000) return;  // some 8 MiB
    recording_.drain();
    since_drained_ = 0;
  }
  void poll_end(std::uint32_t events) { recorder_.poll_end(events); }

 private:
  const Recording& recording_;
  LoopscopeRecorder recorder_;
  std::uint64_t since_drained_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  constexpr double kEventsATask = 5.5;
  const double tasks = std::strtod(argv[2], nullptr) / kEventsATask;
  const Recording recording(argv[1]);
  PatientRecorder recorder(recording);
  run_workload(recorder, static_cast<std::uint64_t>(tasks), 1);
  recording.drain();
  const loopscope_status status = recording.status();
  fmt::print(R"({{"events": {}, "lost": {}, "bytes": {}}})"
             "\n",
             status.events, status.lost_events, status.bytes_written);
  return 0;
}
