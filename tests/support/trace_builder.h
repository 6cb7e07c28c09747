// A model::Trace from a few words, for tests of whatever reads the model. Every time is given by the test; what
// the reader would derive (counters, histograms, slices, peak of pending) is derived in the same way by build().
//
//   Trace trace = a_trace().lasting(10 * kSecond)
//                     .with_site("uv_timer", "leak.cpp", 12)
//                     .with_tasks(23, every(100 * kMillisecond), created_at(0))
//                     .with_task(created_at(1 * kSecond).finished_at(2 * kSecond).ran(2 * kSecond - 7, 7))
//                     .build();
//
// with_task() goes to the site and loop named last. Tasks get the numbers 1, 2, 3 ... in the order of with_task();
// their index in the table is their order of creation, so ask trace.tasks.find(number).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "viewer/model/trace.h"

namespace loopscope::testing {

// One moment of a stall: sampled_at(t).in("save", "store.cpp", 71).in("main", "main.cpp", 9), innermost first.
class SampleSpec {
 public:
  explicit SampleSpec(Time at) { sample_.at = at; }

  SampleSpec in(std::string function, std::string file = "", std::uint32_t line = 0) const;
  // The next frame that in() adds is its caller's function, into which the compiler put it.
  SampleSpec inlined() const;
  // The frame that in() added last is of that library, "libc.so.6", not of the program.
  SampleSpec of_library(std::string module) const;
  SampleSpec because(std::string cause) const;
  SampleSpec in_system_call(int number) const;
  // Instead of what the distance to the other samples gives.
  SampleSpec weighing(Nanos weight) const;
  SampleSpec without_stack(std::string trouble) const;
  SampleSpec with_late_watchdog(Nanos late) const;

 private:
  friend class StallSpec;
  friend class TraceBuilder;
  model::StallSample sample_;
  bool weighed_ = false;
};

inline SampleSpec sampled_at(Time at) { return SampleSpec(at); }

// What the watchdog and the events tell of one stall, to be handed to with_stall(). Watched if it has a sample, a
// CPU time or a run-queue wait.
class StallSpec {
 public:
  StallSpec(Time begin, Nanos duration) : begin_(begin), duration_(duration) {}

  StallSpec by_task(std::uint64_t number) const;  // whose span it is; none: a tick
  StallSpec never_ended() const;
  StallSpec used_cpu(Nanos cpu) const;
  StallSpec waited_for_a_cpu(Nanos wait) const;
  StallSpec suppressed(std::uint64_t samples) const;
  StallSpec sampled(const SampleSpec& sample) const;  // in order of time

 private:
  friend class TraceBuilder;
  Time begin_;
  Nanos duration_;
  std::uint64_t task_ = 0;
  bool ended_ = true;
  model::LoopIndex loop_ = model::kNoLoop;
  std::string cause_;  // "": that of most of the samples' weight
  Nanos cpu_ = model::Stall::kNotWatched;
  Nanos run_queue_wait_ = 0;
  std::uint64_t suppressed_ = 0;
  std::vector<SampleSpec> samples_;
};

inline StallSpec stalled_at(Time begin, Nanos duration) { return {begin, duration}; }

// One task's life, to be handed to with_task().
class TaskSpec {
 public:
  explicit TaskSpec(Time created) : created_(created) {}

  TaskSpec finished_at(Time at, model::Outcome outcome = model::Outcome::ok) const;
  TaskSpec failed_at(Time at) const { return finished_at(at, model::Outcome::error); }
  TaskSpec cancelled_at(Time at) const { return finished_at(at, model::Outcome::cancelled); }
  TaskSpec abandoned_at(Time at) const { return finished_at(at, model::Outcome::abandoned); }
  // Could run, or was due, from then on. Holds for the next ran() only.
  TaskSpec ready_at(Time at) const;
  // A span on the current loop, or off any loop if there is none.
  TaskSpec ran(Time begin, Nanos duration) const;
  TaskSpec child_of(std::uint64_t number) const;
  TaskSpec transferred(std::uint64_t bytes) const;

 private:
  friend class TraceBuilder;
  struct SpanSpec {
    Time begin = 0;
    Nanos duration = 0;
    Time ready = kNever;
  };
  TaskSpec shifted(Nanos by) const;

  Time created_;
  Time finished_ = kNever;
  model::Outcome outcome_ = model::Outcome::pending;
  Time ready_ = kNever;
  std::uint64_t parent_ = 0;
  std::optional<std::uint64_t> bytes_;
  std::vector<SpanSpec> spans_;
  model::SiteIndex site_ = model::kNoSite;
  model::LoopIndex loop_ = model::kNoLoop;
};

inline TaskSpec created_at(Time at) { return TaskSpec(at); }

struct Spacing {
  Nanos period;
};
inline Spacing every(Nanos period) { return {period}; }

class TraceBuilder {
 public:
  TraceBuilder();

  TraceBuilder& lasting(Nanos duration);
  TraceBuilder& ended(model::EndReason reason, int exit_code_or_signal = 0);
  // No End packet was found.
  TraceBuilder& without_end();

  // A site with one frame of that source position, current from now on; "" for a file: no stack.
  TraceBuilder& with_site(std::string kind, std::string file = "", std::uint32_t line = 0,
                          std::uint32_t flags = 0, std::string function = "");
  // Puts a frame outside of (behind) the frames of the current site.
  TraceBuilder& called_from(std::string function, std::string file, std::uint32_t line);
  TraceBuilder& named(std::string site_name);

  TraceBuilder& with_task(const TaskSpec& task);
  // A check at that time found that nothing refers to these tasks, by number.
  TraceBuilder& with_proof(Time at, std::vector<std::uint64_t> never_resumable);
  // `count` copies, each one period later than the one before: all its times move, its parent stays.
  TraceBuilder& with_tasks(std::size_t count, Spacing spacing, const TaskSpec& first);
  std::uint64_t last_task() const { return tasks_.size(); }

  // A loop on a thread of its own, current from now on.
  TraceBuilder& with_loop(std::string kind = "libuv", std::string name = "", std::string thread = "main");
  TraceBuilder& off_loops();
  // The kernel woke the current loop at `begin`, it was busy for `busy` then.
  TraceBuilder& with_tick(Time begin, Nanos busy);
  TraceBuilder& with_ticks(std::size_t count, Spacing spacing, Time first, Nanos busy);
  // A sample of its own, beside those that spans give.
  TraceBuilder& with_lag(Time at, Nanos lag, std::size_t times = 1);
  TraceBuilder& with_poll_delay(Nanos delay, std::size_t times = 1);
  TraceBuilder& with_zero_timeout_polls(std::uint64_t polls);
  // The current loop went round so often, evenly from `from` to `to`, without waiting and without finding anything, and was
  // busy for `busy` each time.
  TraceBuilder& with_empty_polls(std::uint64_t polls, Time from, Time to, Nanos busy);

  // Of the current loop. Totals of the trace follow; there was a watchdog if it saw one of the stalls.
  TraceBuilder& with_stall(Time begin, Nanos duration, std::string cause = "running");
  TraceBuilder& with_stall(const StallSpec& stall);
  TraceBuilder& watched(Nanos stall_limit = 10 * kMillisecond);
  // `task` was due or ready from then on, and `blocker`'s span (0: no span's) held its loop until it was over. The
  // blocker's site counts it as the reader does.
  TraceBuilder& with_waited(std::uint64_t task, std::uint64_t blocker, Time from, Nanos waited);
  // The thread of the current loop was runnable without a processor; off loops it is the watchdog that was late.
  TraceBuilder& with_run_queue_wait(Time from, Time to, Nanos wait);
  TraceBuilder& with_await(std::uint64_t waiter, std::uint64_t awaited, Time begin, Time end = kNever);
  TraceBuilder& with_cancel(std::uint64_t asker, std::uint64_t task, Time at);
  TraceBuilder& with_label(std::uint64_t task, std::string key, std::string value);
  TraceBuilder& with_gauge(std::string name, std::string unit,
                           const std::vector<std::pair<Time, double>>& points);
  TraceBuilder& with_pause(std::string kind, Time begin, Nanos duration);

  TraceBuilder& with_loss(std::string reason, std::uint64_t events);
  // For whatever has no words of its own here.
  model::Trace& raw() { return trace_; }

  // The builder stays as it is and may go on.
  model::Trace build() const;

 private:
  struct LagSpec {
    model::LoopIndex loop;
    Time at;
    Nanos lag;
    std::size_t times;
  };
  struct TickSpec {
    model::LoopIndex loop;
    Time begin;
    Nanos busy;
  };
  struct EmptyPollsSpec {
    model::LoopIndex loop;
    std::uint64_t polls;
    Time from;
    Time to;
    Nanos busy;
  };
  struct WaitedSpec {
    std::uint64_t task;
    std::uint64_t blocker;
    Time from;
    Nanos waited;
  };
  struct EdgeSpec {
    model::Edge edge;
    std::uint64_t from;
    std::uint64_t to;
  };

  // How late a span began on its loop; nothing off loops, and on one whose tick is not known.
  std::optional<Nanos> lag_of(const TaskSpec& spec, const TaskSpec::SpanSpec& span) const;
  void build_tasks(model::Trace& trace) const;
  void build_spans(model::Trace& trace) const;
  void build_loops(model::Trace& trace) const;
  void build_empty_polls(model::Trace& trace) const;
  void build_timeline(model::Trace& trace) const;
  void build_stalls(model::Trace& trace) const;

  model::Trace trace_;
  model::SiteIndex site_ = model::kNoSite;
  model::LoopIndex loop_ = model::kNoLoop;
  std::vector<TaskSpec> tasks_;
  std::vector<TickSpec> ticks_;
  std::vector<EmptyPollsSpec> empty_polls_;
  std::vector<LagSpec> lags_;
  std::vector<EdgeSpec> edges_;
  std::vector<StallSpec> stalls_;
  std::vector<WaitedSpec> waited_;
  std::vector<std::pair<std::uint64_t, model::Label>> labels_;
  std::vector<std::pair<std::uint64_t, Time>> proofs_;
};

inline TraceBuilder a_trace() { return {}; }

}  // namespace loopscope::testing
