// The floor: each event is a clock reading and an id stored into memory that is reused, and nothing else. Compiled
// twice, for rdtsc and for clock_gettime. usage: bench_peer_clock_... IGNORED
#include <x86intrin.h>

#include <ctime>

#include "tests/bench/peers/peer.h"

namespace {

using namespace loopscope::bench;

std::uint64_t now() {
#ifdef BENCH_TSC
  return __rdtsc();
#else
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(time.tv_nsec);
#endif
}

class StoreRecorder {
 public:
  StoreRecorder() : records_(kRecords, Record{1, 1}) {}
  std::uint64_t created(std::uint64_t parent, std::uint32_t site) {
    store(parent << 8 | site);
    return ++last_;
  }
  void begin(std::uint64_t task) { store(task); }
  void end(std::uint64_t task) { store(task); }
  void finished(std::uint64_t task) { store(task); }
  void poll_begin() { store(0); }
  void poll_end(std::uint32_t events) { store(events); }

 private:
  struct Record {
    std::uint64_t time, what;
  };
  static constexpr std::size_t kRecords = std::size_t{1} << 16;
  void store(std::uint64_t what) {
    records_[next_++ % kRecords] = {now(), what};
    asm volatile("" : : : "memory");
  }
  std::vector<Record> records_;
  std::size_t next_ = 0;
  std::uint64_t last_ = 0;
};

}  // namespace

int main() {
  StoreRecorder recorder;
  print_figures(measure_peer(recorder, [] {}), 0);
  return 0;
}
