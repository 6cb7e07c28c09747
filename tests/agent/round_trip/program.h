// A random program that records itself through the public interface, and its own account of what it called: on
// which thread, in which order, and when at the earliest and the latest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace loopscope::round_trip {

// CLOCK_MONOTONIC just before and just after the call, in ns.
struct Window {
  std::uint64_t before = 0;
  std::uint64_t after = 0;
};

enum class Did : std::uint8_t {
  created,
  begun,
  begun_chained,  // `at` is that of the thread's event before it that read the clock
  ended,
  finished,
  ready,
  due,
  awaiting,
  awaited,
  cancelled,
  labelled,
  named,
  transferred,
  measured,  // a gauge
  late,      // a lag sample
  paused,
  resumed,
  polling,
  polled,
  loop_closed,
};

// One event.
struct Op {
  Did did = Did::created;
  Window at = {};
  std::uint64_t task = 0;
  std::uint64_t other = 0;    // parent, awaited, who asked to cancel
  std::uint32_t subject = 0;  // site, loop or gauge: index into Issued::sites, or the number itself
  int outcome = 0;            // loopscope_outcome
  std::int64_t value = 0;     // error code, ns, events, bytes
  std::string text = {};      // error, label's key, name, pause's kind
  std::string more = {};      // label's value
  double number = 0;
};

struct Thread {
  std::uint32_t tid = 0;
  std::vector<Op> ops;
};

struct SiteIssued {
  std::uint32_t number = 0;
  std::string kind = {};
  std::string name = {};
  std::uint32_t flags = 0;
};

struct Issued {
  std::vector<Thread> threads;
  std::vector<SiteIssued> sites;    // [0]: none
  std::vector<std::string> gauges;  // names, by number - first_gauge
  std::uint32_t first_gauge = 0;
  std::uint64_t peak_pending = 0;  // exact where threads took turns
  bool outran_writer = false;      // as its shape asked; not where threads cannot be held

  std::uint64_t events() const;
};

// What a seed decides.
struct Shape {
  explicit Shape(std::uint64_t seed);

  std::uint64_t seed;
  int threads = 1;       // at once
  int generations = 1;   // of threads: the later ones begin when the earlier ones are gone
  int steps = 0;         // of each thread
  bool in_turns = true;  // one thread at a time, so that a seed gives the same events again; else all at once
  bool precise = false;
  bool stacks = true;
  bool compressed = true;
  std::size_t deepest = 7;        // spans open at once on a thread
  bool hurries = false;           // never spins
  bool repeats = true;            // every thread has a task that it runs again and again
  bool waits_for_nobody = false;  // also awaits and polls with numbers of 0
  // The ring is small and the writer stands still for the first half of the steps: events will be lost.
  bool outruns_writer = false;
};

// Records to that path. Fails the test if recording cannot be started or stopped.
Issued run_program(const Shape& shape, const std::string& trace_path);

}  // namespace loopscope::round_trip
