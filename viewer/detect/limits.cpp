#include "viewer/detect/limits.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include <fmt/format.h>

namespace loopscope::detect {
namespace {

constexpr auto kLimits = std::to_array<LimitInfo>({
    {"young-share", &Limits::young_share, "%", 0, 100,
     "pending tasks created in this last part of the trace are too young to be judged",
     "the share that async-profiler ignores at the tail: work in flight ends a little later"},
    {"young-ms", &Limits::young_ms, "ms", 0, 1e9, "pending tasks younger than this are not judged",
     "longer than a slow disk access or name lookup, however short the trace"},
    {"short-trace-ms", &Limits::short_trace_ms, "ms", 0, 1e9,
     "shorter traces give \"not enough evidence\", except in clear cases",
     "below it the tail that is left out is shorter than ordinary input and output takes"},

    {"exit-ms", &Limits::exit_ms, "ms", 0, 1e9,
     "what is cancelled or destroyed this shortly before the program's exit, behind its last sign of life, "
     "was "
     "pending until then",
     "closing all handles at the end takes milliseconds, on a busy machine a fraction of a second"},
    {"exit-share", &Limits::exit_share, "%", 0, 100, "the same as a share of the trace, whichever is longer",
     "programs that ran for long have more to put away"},

    {"leak-tasks", &Limits::leak_tasks, "tasks", 1, 1e9,
     "old pending tasks of one site that make a warning, where their like usually finishes; a site where "
     "nothing ever finished needs more than two for each loop as well",
     "one keep-alive and one poll timer a loop are ordinary; a third of the same line was forgotten"},
    {"leak-lifetimes", &Limits::leak_lifetimes, "x p99", 1, 1e9,
     "a pending task is overdue at this many p99 lifetimes of its site",
     "one in a hundred lives longer than p99; thrice that is rare even for long-tailed work"},
    {"leak-history", &Limits::leak_history, "tasks", 1, 1e9,
     "finished tasks from which a site's usual lifetime is known",
     "with fewer, p99 is just the longest one seen"},
    {"leak-critical", &Limits::leak_critical, "tasks", 1, 1e12,
     "leaked tasks, each weighted with its age as a share of the trace, that make a leak critical",
     "a thousand leaked evenly over the trace: memory and timers that a long run will feel"},
    {"worker-spans", &Limits::worker_spans, "spans", 1, 4294967295.0,
     "a pending task that ran this often is a worker at its job, not a leak",
     "a forgotten task runs once or never; workers wake up again and again"},

    {"backlog-growth", &Limits::backlog_growth, "tasks", 1, 1e12,
     "growth over the trace that makes a rising pending count a finding",
     "twice a usual request concurrency: start-up ramps stay below it"},
    {"backlog-subscriptions", &Limits::backlog_subscriptions, "tasks", 1, 1e12,
     "the same for subscriptions (listeners, readers, intervals)",
     "a server that gathers a hundred connections is at work, not leaking"},
    {"backlog-share", &Limits::backlog_share, "%", 0, 1e9,
     "growth must also be this share of the mean pending count",
     "a thousand connections that become a thousand and twenty are a level, not a backlog"},
    {"backlog-late-share", &Limits::backlog_late_share, "%", 0, 100,
     "share of the growth that must fall into the second half of the trace",
     "start-up ramps end in a plateau; a backlog goes on, and half of the even share is a clear sign"},
    {"backlog-confidence", &Limits::backlog_confidence, "sigma", 0, 100,
     "Mann-Kendall score above which a trend counts as a trend",
     "by chance alone one site in two thousand scores higher"},
    {"backlog-critical", &Limits::backlog_critical, "tasks", 1, 1e12,
     "growth over the trace that makes a backlog critical",
     "the wait in such a queue is longer than the work in it"},

    {"lag-p99-ms", &Limits::lag_p99_ms, "ms", 0, 1e9, "loop lag p99 that makes a warning",
     "three frames of a screen, and more than most services' whole answer"},
    {"lag-max-ms", &Limits::lag_max_ms, "ms", 0, 1e9, "single loop lag that makes a warning",
     "people notice a tenth of a second; twice that and a half is no accident of scheduling"},
    {"lag-critical-p99-ms", &Limits::lag_critical_p99_ms, "ms", 0, 1e9, "loop lag p99 that is critical",
     "one event in a hundred waits as long as the worst moment we let pass"},
    {"lag-critical-max-ms", &Limits::lag_critical_max_ms, "ms", 0, 1e9, "single loop lag that is critical",
     "health checks and clients begin to give up after a second"},
    {"lag-samples", &Limits::lag_samples, "samples", 1, 1e12, "lag samples from which p99 is used",
     "below a hundred, p99 is the maximum under another name"},

    {"block-worst-ms", &Limits::block_worst_ms, "ms", 0, 1e9, "one stall of a loop that makes a warning",
     "people notice a tenth of a second"},
    {"block-share", &Limits::block_share, "%", 0, 100,
     "share of the loop's time in stalls at one place that makes a warning",
     "one event in a hundred then meets a loop that is held: its p99"},
    {"block-times", &Limits::block_times, "stalls", 1, 1e12, "stalls from which that share counts",
     "two may be chance: a first call, a cold cache"},
    {"block-critical-ms", &Limits::block_critical_ms, "ms", 0, 1e9, "one stall of a loop that is critical",
     "health checks and clients begin to give up after a second"},
    {"block-critical-share", &Limits::block_critical_share, "%", 0, 100,
     "share of the loop's time in stalls at one place that is critical",
     "one event in ten waits for something that is none of its business"},
    {"call-explains", &Limits::call_explains, "%", 0, 100,
     "share of a stall that a blocking call takes for the call to be the finding",
     "what is left would hardly be a stall"},

    {"saturated-busy", &Limits::saturated_busy, "%", 0, 100, "utilisation of a loop that counts as saturated",
     "queues grow without bound towards 1; beyond 0.95 waiting is twenty times the work"},
    {"saturated-share", &Limits::saturated_share, "%", 0, 100,
     "share of the loop's time that has to be saturated for a warning", "shorter bursts drain by themselves"},
    {"saturated-ms", &Limits::saturated_ms, "ms", 0, 1e9, "time that has to be saturated for a warning",
     "what ends within a second is a burst"},

    {"machine-share", &Limits::machine_share, "%", 0, 100,
     "share of the trace spent waiting for a processor that makes a warning",
     "one processor in twenty is missing"},
    {"machine-worst-ms", &Limits::machine_worst_ms, "ms", 0, 1e9,
     "one wait for a processor that makes a warning", "as for lag: no accident of scheduling"},

    {"never-started", &Limits::never_started, "tasks", 1, 1e9,
     "coroutines of one place that never ran and make a warning",
     "nobody creates a coroutine in order not to run it: one is a mistake, or soon many"},

    // fire-and-forget
    {"forgotten-tasks", &Limits::forgotten_tasks, "tasks", 1, 1e12,
     "coroutines of one place that nobody awaits and that outlive their creators, from which that is said",
     "a few workers that are started once and run on are ordinary"},
    {"forgotten-share", &Limits::forgotten_share, "%", 0, 100,
     "share of them that failed or never finished that makes a warning",
     "one in twenty lost is beyond what a caller would put up with if it were told"},

    // unhandled-failure
    {"unhandled-failures", &Limits::unhandled_failures, "tasks", 1, 1e12,
     "failures of one place that nobody awaited and that make a warning",
     "one or two may be a test of what happens then; the third is a habit"},
    {"unhandled-share", &Limits::unhandled_share, "%", 0, 100,
     "the share of the place's finished tasks that they must be",
     "below one in a hundred, a promise that reports errors itself is likelier than one that drops them"},

    {"orphan-grace-ms", &Limits::orphan_grace_ms, "ms", 0, 1e9,
     "siblings of a failed task that end this soon after their group was given up did not run on",
     "cancelling takes a turn of the loop or two, on a busy machine a few milliseconds"},
    {"orphan-groups", &Limits::orphan_groups, "groups", 1, 1e9,
     "groups given up at one place while siblings ran on that make a warning",
     "once may be the exit, twice chance"},
    {"orphan-run-on-ms", &Limits::orphan_run_on_ms, "ms", 0, 1e12,
     "time that siblings ran on, all together, that makes a warning with fewer groups",
     "in a second a task can do much that nobody expects any more"},

    // ignored-cancellation
    {"cancel-ms", &Limits::cancel_ms, "ms", 0, 1e9,
     "a task that goes on for longer after it was asked to stop ignored it",
     "people notice a tenth of a second; whoever asked waits no longer than that for a sign"},
    {"cancel-tasks", &Limits::cancel_tasks, "tasks", 1, 1e12, "such tasks of one place that make a warning",
     "one or two may have been about to finish anyway"},
    {"cancel-share", &Limits::cancel_share, "%", 0, 100, "the share of those asked that they must be",
     "where nine in ten obey, the others were past their last chance"},

    {"pressure-bytes", &Limits::pressure_bytes, "bytes", 1, 1e15,
     "growth of a gauge in bytes over the trace that makes a finding; other gauges go by backlog-growth",
     "more than the kernel's socket buffers take: the program itself holds it"},
    {"pressure-values", &Limits::pressure_values, "values", 3, 1e9,
     "values of a gauge from which it is judged", "a trend of fewer is chance"},

    {"pool-tasks", &Limits::pool_tasks, "tasks", 1, 1e12, "work on a pool's threads from which it is judged",
     "with fewer, one long one decides"},
    {"pool-wait", &Limits::pool_wait, "x run", 0, 1e9,
     "wait for a thread, as a multiple of the run time, that makes a warning",
     "with twice as many under way as there are threads, work waits as long as it runs: that is a full pool, "
     "and twice that an overrun one"},
    {"pool-wait-ms", &Limits::pool_wait_ms, "ms", 0, 1e9, "p99 of the wait for a thread that makes a warning",
     "as for lag: more than most services' whole answer"},
    {"pool-share", &Limits::pool_share, "%", 0, 100,
     "share of the trace over which the work has to be submitted",
     "what is submitted at once and done one after the other is a batch"},
    {"pool-load", &Limits::pool_load, "%", 1, 100, "load of a pool of the suggested size",
     "at 70 % of four or more threads the wait is a fraction of the run time"},

    {"sequential-awaits", &Limits::sequential_awaits, "tasks", 3, 1e6,
     "similar tasks awaited one after the other that make a run",
     "two or three are often written one by one on purpose; five are a loop"},
    {"sequential-share", &Limits::sequential_share, "%", 0, 100,
     "share of the waiters' lives that awaiting together would save and that makes a warning",
     "then what waits would be over in half the time"},
    {"sequential-ms", &Limits::sequential_ms, "ms", 0, 1e12,
     "time that awaiting together would save, all waiters together, that makes a warning",
     "people notice a tenth of a second"},
    {"sequential-critical-share", &Limits::sequential_critical_share, "%", 0, 1e9,
     "the same time as a share of the trace that is critical, where the awaited are proven to be independent",
     "at half of all moments somebody waits for nothing"},
    {"sequential-requests", &Limits::sequential_requests, "tasks", 1, 1e9,
     "requests that do different things one after the other from which a hint is given",
     "fewer are a start-up or a shutdown, which happen once"},

    {"fan-out-tasks", &Limits::fan_out_tasks, "tasks", 20, 1e9,
     "tasks started at a stroke by one parent that make a fan-out",
     "dozens at once are ordinary concurrency, whatever serves them"},
    {"fan-out-excess", &Limits::fan_out_excess, "x knee", 1, 1e9,
     "a fan-out is too wide at this many times the number that is done as fast",
     "the knee is an estimate, and a queue of a few rounds keeps what serves it busy"},
    {"fan-out-ms", &Limits::fan_out_ms, "ms", 0, 1e12,
     "time in which fan-outs are worked off, all together, below which nothing is said",
     "people notice a tenth of a second"},
    {"fan-out-share", &Limits::fan_out_share, "%", 0, 100,
     "the same as a share of the trace that makes a warning",
     "one moment in twenty, others stand behind the queue"},
    {"fan-out-critical", &Limits::fan_out_critical, "tasks", 1, 1e12,
     "tasks started at a stroke that may be critical",
     "descriptors and memory of ten thousand are what processes are limited to"},
    {"fan-out-critical-share", &Limits::fan_out_critical_share, "%", 0, 100,
     "share of the trace in which such are being worked off that is critical",
     "half of the time everybody else stands behind them"},

    {"storm-rate", &Limits::storm_rate, "1/s", 1, 1e12,
     "empty polls without a wait, or timers that start themselves anew, that make a storm",
     "timers of whole milliseconds wake a loop less often"},
    {"storm-tick-us", &Limits::storm_tick_us, "us", 0, 1e9,
     "mean busy time around an empty poll up to which the loop does nothing",
     "going round takes microseconds; what takes longer is work"},
    {"storm-share", &Limits::storm_share, "%", 0, 100, "share of the loop's time that has to be storm",
     "a start or an end that spins is over before anybody feels it"},
    {"storm-ms", &Limits::storm_ms, "ms", 0, 1e9, "time that has to be storm",
     "short waits are often spun on purpose"},
    {"storm-timer-ms", &Limits::storm_timer_ms, "ms", 0, 1e9,
     "usual lifetime up to which a timer is one of no time",
     "0 and 1 ms, and what the kernel and a busy loop add to it"},

    // await-churn
    {"churn-rate", &Limits::churn_rate, "tasks", 1, 1e12,
     "coroutines of one place for each second of busy time, and in all, that may be churn",
     "below it, even 5 us each are a twentieth of the time"},
    {"churn-life-us", &Limits::churn_life_us, "us", 0, 1e9,
     "mean life of a coroutine, from creation to end, below which it is tiny",
     "what does more is worth a task: making and ending a frame takes some 20 ns"},
    {"churn-share", &Limits::churn_share, "%", 0, 100,
     "share of the busy time, without what recording them costs, that they must take",
     "a fifth is the least that is worth another look"},
    {"churn-overhead", &Limits::churn_overhead, "%", 0, 100,
     "share of the busy time that they take beside their own work and the recording's cost, for a warning",
     "frames' memory, which is not in it, comes to as much again"},

    {"slow-p99-ms", &Limits::slow_p99_ms, "ms", 0, 1e9, "p99 lifetime of operations that makes them slow",
     "a disk seek takes 10 ms, a name lookup or a distant connect 100: what takes longer is in trouble"},
    {"slow-operations", &Limits::slow_operations, "operations", 1, 1e12,
     "operations of one place from which they are judged", "fewer may all be the first, on a cold cache"},
    {"slow-share", &Limits::slow_share, "%", 0, 100,
     "share of all time that operations took, from which a place is named",
     "less changes nothing that anybody feels"},
    {"idle-used", &Limits::idle_used, "%", 0, 100, "utilisation of the loops up to which they are idle",
     "beyond half, waiting for the loop itself becomes part of every operation"},

    {"gc-share", &Limits::gc_share, "%", 0, 100, "pauses as a share of the busy time that make a warning",
     "a tenth of all work is then keeping house"},
    {"gc-worst-ms", &Limits::gc_worst_ms, "ms", 0, 1e9, "one pause that makes a warning",
     "people notice a tenth of a second"},
    {"gc-critical-share", &Limits::gc_critical_share, "%", 0, 100,
     "pauses as a share of the busy time that are critical",
     "a heap at its limit is collected over and over: a third comes shortly before the end"},

    // incomplete-trace
    {"loss-share", &Limits::loss_share, "%", 0, 100, "share of lost events that makes a warning",
     "below one in a hundred, counts and percentiles still say the same"},

    {"start-share", &Limits::start_share, "%", 0, 100,
     "first part of a loop's time, from its first poll, that is the program's start",
     "what the tail is for pending tasks: loading and warming up happen once"},
    {"start-ms", &Limits::start_ms, "ms", 0, 1e9, "the start is no longer than this",
     "of a long recording a tenth is no start any more"},
    {"start-worst-ms", &Limits::start_worst_ms, "ms", 0, 1e9,
     "a stall of the start that is longer stays a finding",
     "two seconds more until a program is up are noticed"},
    {"tracing-share", &Limits::tracing_share, "%", 0, 100,
     "what recording the events costs, as a share of the busy time, from which it is said",
     "times are then a tenth too long"},
    {"confounder-share", &Limits::confounder_share, "%", 0, 100,
     "share of a finding's time that something else explains for the finding to become a note",
     "what explains half of it is its cause"},
});

}  // namespace

std::span<const LimitInfo> all_limits() { return kLimits; }

Result<Limits> with_limit(Limits limits, std::string_view setting) {
  const std::size_t equals = setting.find('=');
  if (equals == std::string_view::npos) {
    return Error{fmt::format("\"{}\" is not of the form NAME=VALUE", setting), "--limit",
                 "for example --limit lag-p99-ms=20"};
  }
  const std::string_view name = setting.substr(0, equals);
  const std::string_view text = setting.substr(equals + 1);
  for (const LimitInfo& limit : kLimits) {
    if (limit.name != name) continue;
    double value = 0;
    const auto [rest, trouble] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (trouble != std::errc() || rest != text.data() + text.size() || !std::isfinite(value) ||
        value < limit.least || value > limit.most) {
      return Error{fmt::format("\"{}\" is not a number from {} to {}", text, limit.least, limit.most),
                   fmt::format("--limit {}", name),
                   fmt::format("the default is {} {}", limits.*limit.value, limit.unit)};
    }
    limits.*limit.value = value;
    return limits;
  }
  std::string names;
  for (const LimitInfo& limit : kLimits) names += fmt::format("{}{}", names.empty() ? "" : ", ", limit.name);
  return Error{fmt::format("there is no limit \"{}\"", name), "--limit", "the limits are " + names};
}

}  // namespace loopscope::detect
