// Makes a trace of the workload with (about) that many events, none of them lost. usage: bench_generate TRACE EVENTS
#include <cstdlib>

#include "tests/bench/programs/patient_recorder.h"

int main(int argc, char** argv) {
  using namespace loopscope::bench;
  if (argc != 3) return 2;
  const double tasks = std::strtod(argv[2], nullptr) / kWorkloadEventsATask;
  const Recording recording(argv[1]);
  PatientRecorder recorder(&recording);
  run_workload(recorder, static_cast<std::uint64_t>(tasks), 1);
  recording.drain();
  const loopscope_status status = recording.status();
  fmt::print(R"({{"events": {}, "lost": {}, "bytes": {}}})"
             "\n",
             status.events, status.lost_events, status.bytes_written);
  return 0;
}
