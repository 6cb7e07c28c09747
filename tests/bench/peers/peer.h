// What every peer's program does: the workload without and with it, paired, in thread CPU time, one JSON object on
// standard output.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>

#include "tests/bench/paired.h"
#include "tests/bench/workload.h"

namespace loopscope::bench {

inline constexpr std::uint64_t kPeerTasks = 15'000;

struct PeerFigures {
  Added cost;
  std::uint64_t events = 0;  // all that were recorded
};

// `flush` has what is recorded written, between the rounds.
template <class Recorder, class Flush>
PeerFigures measure_peer(Recorder& recorder, Flush flush, int rounds = 41) {
  Control control;
  NoRecorder none;
  PeerFigures figures;
  std::uint64_t seed = 0;  // the same for both halves of a round
  figures.cost = paired(
      control, rounds, flush,
      [&] { return ns_an_event([&] { return run_workload(none, kPeerTasks, seed++ / 2).events; }); },
      [&] {
        return ns_an_event([&] {
          const std::uint64_t events = run_workload(recorder, kPeerTasks, seed++ / 2).events;
          figures.events += events;
          return events;
        });
      });
  flush();
  return figures;
}

// bytes: written in all; 0 if nothing is.
inline void print_figures(const PeerFigures& figures, std::uint64_t bytes) {
  std::printf(
      "{\"x\": %.4f, \"best_x\": %.4f, \"ns\": %.2f, \"work_ns\": %.2f, \"events\": %llu, \"bytes\": %llu}\n",
      figures.cost.in_controls.median, figures.cost.in_controls.minimum, figures.cost.ns.median,
      figures.cost.without_ns, static_cast<unsigned long long>(figures.events),
      static_cast<unsigned long long>(bytes));
}

inline std::uint64_t size_of_file(const char* path) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  return error ? 0 : bytes;
}

}  // namespace loopscope::bench
