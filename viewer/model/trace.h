// What happened, as columns: the immutable result of reading a trace. Filled by viewer/trace (or by the
// builder in tests/support), read by detectors, reports and views on any thread. Nothing here knows protobuf,
// files, clocks or ticks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "viewer/base/histogram.h"
#include "viewer/base/units.h"
#include "viewer/model/forgotten.h"
#include "viewer/model/reachability.h"
#include "viewer/model/task_table.h"
#include "viewer/model/timeline.h"

namespace loopscope::model {

using SiteIndex = std::uint32_t;  // into Trace::sites; kNoSite if none
using LoopIndex = std::uint32_t;  // into Trace::loops
using StringIndex = std::uint32_t;

// A position in source or code, innermost inlined function first where several share an address.
struct Frame {
  std::uint64_t address = 0;  // as recorded: the return address
  std::string function;       // demangled; "" if unknown
  std::string file;           // as in the debug information; "" if unknown
  std::uint32_t line = 0;     // 0 if unknown
  std::string module;         // base name of the mapped file; "" if unknown
  std::uint64_t module_offset = 0;
  bool inlined = false;  // part of the next frame's function
  bool library = false;  // of the system, the loop's library or a header of theirs: not what the user wrote
};

// Bits equal to loopscope.Site.Flag.
enum SiteFlag : std::uint32_t {
  kSubscription = 1,
  kInternal = 2,
  kDetached = 4,
  kSynchronous = 8,
  kTeardown = 16,
  kBlocking = 32,
};

// Where tasks of one kind are created. Sites that came to the same kind and stack are one here.
struct Site {
  std::uint32_t id = 0;      // of the first trace site merged into this one: stable within a trace
  std::string kind;          // "uv_timer"
  std::string name;          // the user's; often ""
  std::uint32_t flags = 0;   // SiteFlag
  std::vector<Frame> stack;  // creation stack, innermost (the caller of the hooked function) first
  bool stack_truncated = false;
  // Where source position came without a stack, it is stack[0] with address 0.

  // The frame to show as "where": the first with a source line outside the hooked libraries, else the first
  // named one, else the first. Index into stack; stack.size() if empty. Set when symbols are resolved.
  std::size_t shown_frame = 0;

  std::uint64_t created = 0;
  std::uint64_t finished = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t abandoned = 0;
  std::uint64_t spans = 0;
  Nanos run_ns = 0;  // all spans together
  // Tasks of which the trace says how much they transferred; how much all of these did, saturating.
  std::uint64_t with_bytes = 0;
  std::uint64_t bytes = 0;
  // By its spans over the recording's limit: how often and how long other tasks that were due or ready had to wait.
  std::uint64_t made_wait = 0;
  Nanos made_wait_ns = 0;
  Histogram lifetime;     // created to finished
  Histogram queue_delay;  // ready, due or created, to the first begin
  Histogram span;

  std::uint64_t pending() const { return created - finished; }
  bool is(SiteFlag flag) const { return (flags & flag) != 0; }
};

inline constexpr SiteIndex kNoSite = 0;  // sites[0] is "unknown"

struct Tick {
  Time begin = 0;  // the kernel woke the loop
  Nanos busy = 0;
};

struct Loop {
  std::uint32_t id = 0;
  std::string kind;  // "libuv"
  std::string name;
  std::string thread;  // its name
  std::uint32_t tid = 0;
  std::uint64_t ticks = 0;
  Nanos busy_ns = 0;  // from poll end to the next poll begin
  Nanos idle_ns = 0;  // inside poll
  Time first = 0;     // first and last poll event
  Time last = 0;
  Histogram tick_busy;
  // How late the loop ran what was due. One sample a span begun on it: from due, ready or (nothing known
  // better) the end of the poll, to the begin. A loop whose callbacks are not recorded has one sample a
  // tick instead, its busy time: `lag_from_ticks`.
  Histogram lag;
  bool lag_from_ticks = false;
  // How much later than asked the kernel returned from a poll that timed out: the machine, not the program.
  Histogram poll_delay;
  std::uint64_t zero_timeout_polls = 0;
  std::uint64_t empty_polls = 0;  // of them: those that found nothing
  std::vector<Tick> long_ticks;   // longest first, at most kMaxLongTicks
  // Worst lag and summed busy time of each of kSlices equal slices of the trace.
  std::vector<Nanos> worst_lag_by_slice;
  std::vector<Nanos> busy_by_slice;
  std::vector<std::uint64_t> empty_polls_by_slice;
};

inline constexpr std::size_t kMaxLongTicks = 1000;
inline constexpr std::size_t kSlices = 256;

// A span worth keeping by itself: one of the longest.
struct Span {
  Time begin = 0;
  Nanos duration = 0;
  TaskIndex task = kNoTask;
  std::uint32_t thread = 0;  // index into Trace::threads
  LoopIndex loop = 0;        // kNoLoop off any loop
};
inline constexpr LoopIndex kNoLoop = UINT32_MAX;

struct Edge {
  enum class Kind : std::uint8_t { await, cancel };
  Kind kind = Kind::await;
  TaskIndex from = kNoTask;  // waiter, or who asked to stop
  TaskIndex to = kNoTask;    // awaited (kNoTask: no task, the site's name says what), or who is to stop
  Time begin = 0;
  Time end = kNever;  // await only
  SiteIndex site = kNoSite;
};

struct Label {  // context key=value of a task; descendants inherit it
  TaskIndex task = kNoTask;
  std::string key;
  std::string value;
};

// A task with a name of the user's.
struct TaskName {
  TaskIndex task = kNoTask;
  std::string name;
};

// What a failed task said.
struct Failure {
  TaskIndex task = kNoTask;
  Time at = 0;
  std::int64_t code = 0;
  std::string text;  // "" if it said nothing
};

struct GaugeSeries {
  std::string name;
  std::string unit;
  std::vector<Time> at;
  std::vector<double> number;
};

struct Pause {
  std::string kind;
  Time begin = 0;
  Nanos duration = 0;
  std::uint32_t thread = 0;
};

// What the thread did at one moment of a stall.
struct StallSample {
  Time at = 0;
  // The part of the stall that it stands for: half of the time to its neighbours, from the beginning and to the end
  // for the outer ones. All samples of a stall add up to its duration.
  Nanos weight = 0;
  std::vector<Frame> stack;  // innermost first; stack[0] is where the thread was, not a return address
  bool stack_truncated = false;
  std::string cause;         // as Stall::cause
  int system_call = -1;      // its number; -1: none
  TaskIndex task = kNoTask;  // whose innermost span was open
  Nanos watchdog_late = 0;
  std::string trouble;  // why there is no stack
};

// A span that is no part of another one, or a tick with no such span in it, longer than the recording's limit.
// Durations are by the events, not by the watchdog.
struct Stall {
  Time begin = 0;
  Nanos duration = 0;  // until the trace's end if it never ended
  bool ended = true;
  bool is_tick = false;      // no single span is as long: many short ones, or work outside of all spans
  std::uint32_t thread = 0;  // index into Trace::threads
  LoopIndex loop = kNoLoop;
  TaskIndex task = kNoTask;
  std::string
      cause;  // "running", "system call", "not scheduled", "page fault", "": of most of the samples' weight
  // Of the duration: runnable without a processor; running. kNotWatched where the watchdog saw nothing of it.
  Nanos run_queue_wait = 0;
  Nanos cpu = kNotWatched;
  std::uint64_t suppressed = 0;  // samples not taken because there were too many
  // What ended the poll before its tick, where the recording tells: the first few descriptors in words, or "timeout";
  // how many there were.
  std::vector<std::string> woken_by;
  std::uint64_t woken_events = 0;
  std::vector<StallSample> samples;  // in order of time; empty if none was taken
  static constexpr Nanos kNotWatched = -1;
};

// A thread was runnable without a processor, at some time between `from` and `to`.
struct RunQueueWait {
  std::uint32_t thread = 0;  // index into Trace::threads; kWatchdog: the watchdog itself woke late
  Time from = 0;
  Time to = 0;
  Nanos wait = 0;
  static constexpr std::uint32_t kWatchdog = UINT32_MAX;
};

// A task that was due or ready while something else held its loop.
struct Waited {
  TaskIndex task = kNoTask;     // who waited
  TaskIndex blocker = kNoTask;  // whose span held the thread; kNoTask: no span's, see Stall::is_tick
  Time from = 0;                // due or ready, but not before the blocker's beginning
  Nanos waited = 0;             // until the blocker's end
};

struct Thread {
  std::uint32_t id = 0;
  std::uint32_t tid = 0;
  std::string name;
  std::uint64_t events = 0;
};

struct Module {
  std::string path;
  std::string build_id;  // lower-case hex
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::uint64_t load_bias = 0;
  // Symbols could not be taken from it: why, in words ("build id differs: replaced since the recording").
  std::string trouble;
};

enum class EndReason : std::uint8_t { exit, signal, killed, stopped, exec, running };

// What is missing or doubtful, all of it counted.
struct Integrity {
  struct Lost {
    std::string reason;  // "no free chunk in the pool"
    std::uint64_t events = 0;
    Time from = 0;
    Time to = 0;
    std::string detail;
  };
  std::vector<Lost> losses;
  std::uint64_t lost_events = 0;      // by the agent, all reasons
  std::uint64_t damaged_packets = 0;  // checksum or shape wrong
  std::uint64_t missing_packets = 0;  // gaps in the sequence
  std::uint64_t skipped_bytes = 0;    // between readable packets
  bool torn_tail = false;             // the file ends inside a packet
  std::uint64_t torn_at = 0;          // its byte offset
  bool end_seen = false;
  bool recovered = false;              // part of it came from the rings of a dead process
  std::uint64_t unmatched_events = 0;  // ends without begin, finishes of unknown tasks...
  bool complete() const {
    return end_seen && lost_events == 0 && damaged_packets == 0 && missing_packets == 0 && !torn_tail &&
           skipped_bytes == 0;
  }
};

struct AgentCost {
  Nanos cpu_ns = 0;
  std::uint64_t bytes = 0;
};

struct Process {
  std::string executable;
  std::vector<std::string> argv;
  std::uint32_t pid = 0;
  std::int64_t started_at_unix_ns = 0;
  std::uint32_t cpus = 0;
  std::string agent_version;
  std::string clock;  // "tsc, chained"
};

struct Trace {
  std::string path;
  Process process;
  Time begin = 0;
  Time end = 0;  // "now" for every detector
  EndReason end_reason = EndReason::killed;
  int exit_code = 0;
  bool exit_code_known = false;
  int signal = 0;
  std::uint64_t events = 0;

  TaskTable tasks;
  // By site, if the trace was read as a stream: the table holds only what is needed one by one then. Else empty, and
  // the table holds every task.
  std::vector<Forgotten> forgotten;
  std::vector<Site> sites;  // [0] is the unknown site
  std::vector<Loop> loops;
  std::vector<Thread> threads;
  std::vector<Module> modules;
  std::vector<Span> longest_spans;  // longest first, at most kMaxLongSpans
  std::vector<Edge> edges;
  std::vector<Label> labels;
  std::vector<TaskName> task_names;
  std::vector<Failure> failures;  // the first ones, at most kMaxFailures; Site::failed counts all
  std::vector<GaugeSeries> gauges;
  std::vector<Pause> pauses;
  std::vector<Stall> stalls;  // longest first, at most kMaxStalls
  std::uint64_t stalls_total = 0;
  Nanos stalls_ns = 0;                        // all of them together
  Nanos stall_limit = 10'000'000;             // what the recording called a stall
  bool watched = false;                       // there was a watchdog
  std::vector<RunQueueWait> run_queue_waits;  // in order of time
  std::vector<Waited> waited;                 // longest first, at most kMaxWaited; Site::made_wait counts all
  std::vector<ReachabilityCheck> reachability_checks;  // in order of time
  std::vector<NeverResumable> never_resumable;         // by any of them; pending tasks, in their order
  std::uint64_t peak_pending = 0;
  Timeline timeline;  // empty unless it was asked for
  Integrity integrity;
  AgentCost agent;

  Nanos duration() const { return end - begin; }
  bool streamed() const { return !forgotten.empty(); }
};

inline constexpr std::size_t kMaxLongSpans = 10'000;
inline constexpr std::size_t kMaxFailures = 10'000;
inline constexpr std::size_t kMaxStalls = 10'000;
inline constexpr std::size_t kMaxWaited = 10'000;

}  // namespace loopscope::model
