// Records what a dimension of growth asks for, and prints one JSON object. With TRACE "off" it does the same without
// recording, so that what the host itself costs can be taken off.
// usage: bench_growth events|pending|sites|threads|depth N TRACE
#include <atomic>
#include <barrier>
#include <chrono>
#include <memory>
#include <thread>

#include "tests/bench/programs/memory.h"
#include "tests/bench/programs/patient_recorder.h"

namespace {

using namespace loopscope::bench;

constexpr std::uint64_t kBetweenDrains = 400'000;  // events: some 6 MiB, a fifth of the ring

struct Recorded {
  double cpu_ns = 0;             // of the recording threads, in the recording parts
  std::uint64_t operations = 0;  // what `cpu_ns` is divided by
};

// What is measured, and the waits in between that are not.
class Measured {
 public:
  explicit Measured(const Recording* recording) : recording_(recording) {}

  // Does `body(i)` for i below `operations`, each `events` events.
  template <class Body>
  void repeat(std::uint64_t operations, std::uint64_t events, Body body) {
    const std::uint64_t most = kBetweenDrains / events;
    for (std::uint64_t i = 0; i < operations;) {
      const std::uint64_t end = std::min(operations, i + most);
      const double start = cpu_ns();
      for (; i < end; ++i) body(i);
      recorded.cpu_ns += cpu_ns() - start;
      drain();
    }
    recorded.operations += operations;
  }
  void drain() const {
    if (recording_ != nullptr) recording_->drain();
  }
  const Recording* recording() const { return recording_; }

  Recorded recorded;

 private:
  const Recording* recording_;
};

void span(loopscope_task task) {
  loopscope_span_begin(task);
  loopscope_span_end(task);
}

// The workload, with that many events. An operation is an event; the work is the host's.
void grow_events(Measured& measured, std::uint64_t events) {
  const auto tasks = static_cast<std::uint64_t>(static_cast<double>(events) / kWorkloadEventsATask);
  PatientRecorder recorder(measured.recording());
  const double start = cpu_ns();
  measured.recorded.operations = run_workload(recorder, tasks, 1).events;
  measured.recorded.cpu_ns = cpu_ns() - start - recorder.drained_ns();
}

// `pending` tasks at any time, replaced in random order. 20 M events whatever it is.
void grow_pending(Measured& measured, std::uint64_t pending) {
  constexpr std::uint64_t kEvents = 20'000'000;
  const loopscope_site site = a_site();
  std::vector<loopscope_task> tasks(pending);
  Choices choices(1);
  measured.repeat(pending, 1, [&](std::uint64_t i) { tasks[i] = loopscope_task_created(site); });
  const std::uint64_t replaced = (kEvents - pending) / 4;
  measured.repeat(replaced, 4, [&](std::uint64_t) {
    loopscope_task& task = tasks[choices.next() % pending];
    span(task);
    loopscope_task_finished(task);
    task = loopscope_task_created(site);
  });
  measured.recorded.operations = pending + 4 * replaced;
}

// Two functions that call each other in the order of the bits of `path`: every path is a stack of its own.
loopscope_task by_left(loopscope_site site, unsigned path, int calls);
[[gnu::noinline]] loopscope_task by_right(loopscope_site site, unsigned path, int calls) {
  const loopscope_task task = calls == 0  ? loopscope_task_created(site)
                              : path & 1u ? by_left(site, path >> 1, calls - 1)
                                          : by_right(site, path >> 1, calls - 1);
  asm volatile("" : : : "memory");  // no tail call
  return task;
}
[[gnu::noinline]] loopscope_task by_left(loopscope_site site, unsigned path, int calls) {
  const loopscope_task task = calls == 0  ? loopscope_task_created(site)
                              : path & 1u ? by_left(site, path >> 1, calls - 1)
                                          : by_right(site, path >> 1, calls - 1);
  asm volatile("" : : : "memory");
  return task;
}

// 2 M creations from that many places, each with a stack of its own: 64 stacks for each kind of task, 100 kinds for
// each thread, one thread after the other. An operation is a creation.
void grow_sites(Measured& measured, std::uint64_t sites) {
  constexpr std::uint64_t kCreations = 2'000'000;
  constexpr std::uint64_t kStacksAKind = 64;  // a thread takes the first 64 stacks of a place in any case
  constexpr std::uint64_t kSitesAThread = 100 * kStacksAKind;
  std::vector<loopscope_site> kinds;
  for (std::uint64_t i = 0; i * kStacksAKind < sites; ++i) {
    kinds.push_back(a_site(static_cast<std::uint32_t>(i), LOOPSCOPE_SITE_STACK));
  }
  for (std::uint64_t first = 0; first < sites; first += kSitesAThread) {
    const std::uint64_t count = std::min(kSitesAThread, sites - first);
    std::thread([&] {
      measured.repeat(kCreations / sites * count, 2, [&](std::uint64_t i) {
        const std::uint64_t place = first + i % count;
        const loopscope_site kind = kinds[place / kStacksAKind];
        loopscope_task_finished(by_left(kind, static_cast<unsigned>(place % kStacksAKind), 10));
      });
    }).join();
  }
}

// 10 M events by that many threads at once.
void grow_threads(Measured& measured, std::uint64_t threads) {
  constexpr std::uint64_t kEvents = 10'000'000;
  constexpr std::uint64_t kRounds = kEvents / kBetweenDrains;
  const std::uint64_t each = kEvents / threads / kRounds / 4;
  const loopscope_site site = a_site();
  std::atomic<std::uint64_t> spent_ns{0};
  std::barrier round_ended(static_cast<std::ptrdiff_t>(threads), [&]() noexcept { measured.drain(); });
  std::vector<std::thread> running;
  for (std::uint64_t i = 0; i < threads; ++i) {
    running.emplace_back([&] {
      for (std::uint64_t round = 0; round < kRounds; ++round) {
        const double start = cpu_ns();
        for (std::uint64_t life = 0; life < each; ++life) {
          const loopscope_task task = loopscope_task_created(site);
          span(task);
          loopscope_task_finished(task);
        }
        spent_ns += static_cast<std::uint64_t>(cpu_ns() - start);
        round_ended.arrive_and_wait();
      }
    });
  }
  for (std::thread& thread : running) thread.join();
  measured.recorded = {static_cast<double>(spent_ns), each * 4 * kRounds * threads};
}

// Creations below that many calls, all with their stack: a thread that rested has time for them. An operation is a
// creation.
void grow_depth(Measured& measured, std::uint64_t calls) {
  constexpr int kRounds = 10;
  constexpr std::uint64_t kTakenAfterRest = 500;
  const auto rest = std::chrono::microseconds(60'000 + 1'500 * calls);
  const loopscope_site site = a_site(0, LOOPSCOPE_SITE_STACK);
  for (int round = 0; round < kRounds; ++round) {
    if (measured.recording() != nullptr) std::this_thread::sleep_for(rest);
    measured.repeat(kTakenAfterRest, 2, [&](std::uint64_t) {
      loopscope_task_finished(by_left(site, 0, static_cast<int>(calls)));
    });
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string dimension = argv[1];
  const std::uint64_t n = std::strtoull(argv[2], nullptr, 10);
  const std::string trace = argv[3];
  std::unique_ptr<Recording> recording;
  if (trace != "off") recording = std::make_unique<Recording>(trace, RecordingOptions{.max_frames = 128});
  Measured measured(recording.get());
  if (dimension == "events") grow_events(measured, n);
  if (dimension == "pending") grow_pending(measured, n);
  if (dimension == "sites") grow_sites(measured, n);
  if (dimension == "threads") grow_threads(measured, n);
  if (dimension == "depth") grow_depth(measured, n);
  if (measured.recorded.operations == 0) return 2;

  measured.drain();
  const loopscope_status status = recording ? recording->status() : loopscope_status{};
  fmt::print(R"({{"ns": {:.3f}, "peak_rss": {}, "events": {}, "lost": {}, "bytes": {}}})"
             "\n",
             measured.recorded.cpu_ns / static_cast<double>(measured.recorded.operations),
             peak_resident_bytes(), status.events, status.lost_events, status.bytes_written);
  return 0;
}
