// loop-lag: loops that run what is due too late, judged by percentiles and by the worst moment. Lag that the
// kernel caused, by waking the loop late, is the machine's: said as such and never a warning.
#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/loops.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/place.h"
#include "viewer/detect/site_groups.h"
#include "viewer/detect/stall_sorting.h"

namespace loopscope::detect {
namespace {

// Poll delay and busy time are compared with half of the lag: what explains more than half of it is its cause.
bool explains(Nanos part, Nanos lag) { return part >= lag / 2; }

struct Judgement {
  bool warning = false;
  bool critical = false;
  bool by_p99 = false;
  Nanos p99 = 0;
  Nanos max = 0;
};

Judgement judge(const model::Loop& loop, const Limits& limits) {
  Judgement judged;
  judged.max = loop.lag.max();
  judged.p99 = loop.lag.quantile(0.99);
  const bool enough = static_cast<double>(loop.lag.count()) >= limits.lag_samples;
  judged.by_p99 = enough && judged.p99 > from_ms(limits.lag_p99_ms);
  judged.warning = judged.by_p99 || judged.max > from_ms(limits.lag_max_ms);
  judged.critical = (enough && judged.p99 > from_ms(limits.lag_critical_p99_ms)) ||
                    judged.max > from_ms(limits.lag_critical_max_ms);
  return judged;
}

// The machine woke the loop late, and the loop's own work does not account for the lag.
bool is_the_machine(const model::Loop& loop, const Judgement& judged) {
  if (judged.by_p99) {
    return explains(loop.poll_delay.quantile(0.99), judged.p99) &&
           !explains(loop.tick_busy.quantile(0.99), judged.p99);
  }
  return explains(loop.poll_delay.max(), judged.max) && !explains(loop.tick_busy.max(), judged.max);
}

// In ns; never 0.
double slice_length(const model::Trace& trace, std::size_t slices) {
  return static_cast<double>(std::max<Nanos>(elapsed(trace.begin, trace.end), 1)) /
         static_cast<double>(std::max<std::size_t>(slices, 1));
}

// Stalls of the loop that are other detectors' findings: the longest, and whether there is one in most of the slices of the
// trace in which the loop was later than `limit`.
struct Explained {
  Nanos longest = 0;
  bool mostly = false;
};

Explained by_stalls(const model::Trace& trace, model::LoopIndex loop, Nanos limit, const Limits& limits) {
  const std::vector<Nanos>& worst = trace.loops[loop].worst_lag_by_slice;
  const std::vector<SortedStall> sorted = sort_stalls(trace, limits.call_explains);
  const double slice = slice_length(trace, worst.size());
  const auto slice_of = [&](Time at) {
    const double index = static_cast<double>(elapsed(trace.begin, at)) / slice;
    return std::min(static_cast<std::size_t>(std::max(index, 0.0)), worst.size() - 1);
  };
  Explained explained;
  std::vector<bool> has_stall(worst.size());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const model::Stall& stall = trace.stalls[i];
    if (stall.loop != loop || sorted[i].fault == Fault::nobodys || sorted[i].fault == Fault::machines)
      continue;
    explained.longest = std::max(explained.longest, stall.duration);
    if (worst.empty()) continue;
    // What was late because of it may have run in the slice behind.
    const std::size_t last =
        std::min(slice_of(add_saturating(stall.begin, stall.duration)) + 1, worst.size() - 1);
    for (std::size_t at = slice_of(stall.begin); at <= last; ++at) has_stall[at] = true;
  }
  std::size_t late = 0, late_with_stall = 0;
  for (std::size_t at = 0; at < worst.size(); ++at) {
    late += worst[at] > limit;
    late_with_stall += worst[at] > limit && has_stall[at];
  }
  explained.mostly = late_with_stall * 2 > late;
  return explained;
}

struct Culprit {
  model::SiteIndex site = model::kNoSite;
  Nanos total = 0;
  Nanos longest = 0;
  std::uint64_t spans = 0;
  std::vector<model::TaskIndex> tasks;  // longest first
};

// The place whose long spans on this loop take the most time. Spans of the start-up, before the loop's first
// poll, delay nobody.
Culprit culprit_of(const model::Trace& trace, model::LoopIndex loop, Nanos worth_naming) {
  const SiteGroups groups(trace);
  std::map<std::uint32_t, Culprit> by_place;
  for (const model::Span& span : trace.longest_spans) {
    if (span.duration < worth_naming) break;
    if (span.loop != loop || span.task >= trace.tasks.size()) continue;
    if (span.begin < trace.loops[loop].first) continue;
    const std::uint32_t group = groups.of(trace.tasks.site(span.task));
    Culprit& culprit = by_place[group];
    culprit.site = groups[group].site;
    culprit.longest = std::max(culprit.longest, span.duration);
    culprit.total += std::min(span.duration, kNever - culprit.total);
    ++culprit.spans;
    const bool known =
        std::find(culprit.tasks.begin(), culprit.tasks.end(), span.task) != culprit.tasks.end();
    if (!known && culprit.tasks.size() < kMaxExamples) culprit.tasks.push_back(span.task);
  }
  Culprit worst;
  for (auto& [group, culprit] : by_place) {
    if (culprit.total > worst.total && culprit.site < trace.sites.size()) worst = std::move(culprit);
  }
  return worst;
}

void add_worst_moments(const model::Loop& loop, const model::Trace& trace, Finding& finding) {
  int number = 0;
  for (const model::Tick& tick : loop.long_ticks) {
    if (++number > 3) break;
    finding.evidence.push_back(
        {fmt::format("worst_tick_{}_at", number), to_ms(elapsed(trace.begin, tick.begin)), "ms"});
    finding.evidence.push_back({fmt::format("worst_tick_{}_busy", number), to_ms(tick.busy), "ms"});
  }
}

// First and last slice in which the loop was later than `limit`.
void set_period(const model::Loop& loop, const model::Trace& trace, Nanos limit, Finding& finding) {
  finding.first = loop.first;
  finding.last = loop.last;
  const std::size_t slices = loop.worst_lag_by_slice.size();
  if (slices == 0) return;
  const double slice = static_cast<double>(elapsed(trace.begin, trace.end)) / static_cast<double>(slices);
  const auto edge = [&](std::size_t at) {
    return trace.begin + static_cast<Nanos>(slice * static_cast<double>(at));
  };
  bool seen = false;
  for (std::size_t at = 0; at < slices; ++at) {
    if (loop.worst_lag_by_slice[at] <= limit) continue;
    if (!seen) finding.first = edge(at);
    seen = true;
    finding.last = edge(at + 1);
  }
}

// Whether the loop had little to do all the while before each moment in which it was later than `limit`: then it slept in its
// poll, or nobody ran it, and what was due had not woken it.
bool slept_through(const model::Trace& trace, const model::Loop& loop, Nanos limit) {
  const std::vector<Nanos>& worst = loop.worst_lag_by_slice;
  if (loop.ticks == 0 || loop.lag_from_ticks || loop.busy_by_slice.size() != worst.size()) return false;
  const double slice = slice_length(trace, worst.size());
  for (std::size_t at = 0; at < worst.size(); ++at) {
    if (worst[at] <= limit) continue;
    const double slices = static_cast<double>(worst[at]) / slice + 1;
    const std::size_t back = std::min(static_cast<std::size_t>(slices), at);
    Nanos busy = 0;
    for (std::size_t before = at - back; before <= at; ++before)
      busy = add_saturating(busy, loop.busy_by_slice[before]);
    if (explains(busy, worst[at])) return false;
  }
  return true;
}

Finding late(const model::Trace& trace, model::LoopIndex index, const Judgement& judged,
             const Limits& limits) {
  const model::Loop& loop = trace.loops[index];
  Finding finding;
  finding.detector = "loop-lag";
  finding.loop = index;
  const Nanos limit = judged.by_p99 ? from_ms(limits.lag_p99_ms) : from_ms(limits.lag_max_ms);
  finding.count = loop.lag.count_above(limit);
  finding.price = static_cast<double>(loop.lag.sum()) / 1e9;
  set_period(loop, trace, limit, finding);
  finding.evidence = {{"lag_p50", to_ms(loop.lag.quantile(0.5)), "ms"},
                      {"lag_p99", to_ms(judged.p99), "ms"},
                      {"lag_max", to_ms(judged.max), "ms"},
                      {"samples", static_cast<double>(loop.lag.count()), "samples"},
                      {"over_limit", static_cast<double>(finding.count), "samples"}};

  if (is_the_machine(loop, judged)) {
    finding.title = fmt::format("{} was late because the machine was busy: woken up to {} too late",
                                name_of_loop(loop), duration_text(loop.poll_delay.max()));
    finding.evidence.push_back({"poll_delay_p99", to_ms(loop.poll_delay.quantile(0.99)), "ms"});
    finding.evidence.push_back({"poll_delay_max", to_ms(loop.poll_delay.max()), "ms"});
    finding.evidence.push_back({"tick_busy_max", to_ms(loop.tick_busy.max()), "ms"});
    finding.advice =
        "The kernel woke this loop late; its own work does not explain the lag. Look for other load on "
        "the machine or a CPU quota before changing the program.";
    return finding;
  }

  // Once; a loop that is late again and again is judged whatever the cause.
  const bool slept =
      !judged.by_p99 && !explains(loop.poll_delay.max(), judged.max) && slept_through(trace, loop, limit);
  finding.severity = judged.critical && !slept ? Severity::critical : Severity::warning;
  finding.title =
      slept ? fmt::format("{} slept for {} while something was due", name_of_loop(loop),
                          duration_text(judged.max))
      : judged.by_p99
          ? fmt::format("{} runs late: one event in a hundred waits over {}, the worst {}",
                        name_of_loop(loop), duration_text(judged.p99), duration_text(judged.max))
          : fmt::format("{} was late by {} once at its worst", name_of_loop(loop), duration_text(judged.max));
  finding.evidence.push_back({"tick_busy_p99", to_ms(loop.tick_busy.quantile(0.99)), "ms"});
  finding.evidence.push_back({"tick_busy_max", to_ms(loop.tick_busy.max()), "ms"});
  finding.evidence.push_back({"poll_delay_p99", to_ms(loop.poll_delay.quantile(0.99)), "ms"});
  add_worst_moments(loop, trace, finding);

  const auto [stall, mostly] = by_stalls(trace, index, limit, limits);
  if (mostly && explains(stall, judged.by_p99 ? judged.p99 : judged.max)) {
    // One finding a cause: that one has the line.
    finding.severity = Severity::info;
    finding.evidence.push_back({"longest_stall", to_ms(stall), "ms"});
    finding.advice = "The stalls of this loop that are reported by themselves explain it. Mend them first.";
    return finding;
  }
  if (slept) {
    finding.advice =
        "It had little to do meanwhile: nothing woke it. What another thread or a signal handler gives to a "
        "loop "
        "has to wake it, with the library's own call for that (event_active, uv_async_send, asio::post); a "
        "loop "
        "that is run by hand has to be run when something is due.";
    return finding;
  }
  Culprit culprit = culprit_of(trace, index, limit / 5);
  if (culprit.spans > 0) {
    finding.site = culprit.site;
    finding.tasks = std::move(culprit.tasks);
    finding.evidence.push_back({"longest_callback", to_ms(culprit.longest), "ms"});
    finding.evidence.push_back({"long_callbacks", static_cast<double>(culprit.spans), "spans"});
    finding.evidence.push_back({"long_callbacks_total", to_ms(culprit.total), "ms"});
    finding.advice =
        "The callbacks of the tasks created here hold the loop the longest. Split their work into "
        "pieces, or move it to a worker thread.";
  } else {
    finding.advice =
        "No single recorded callback is long: many short ones in one tick, or work outside of recorded "
        "callbacks, make the loop late. Look at the worst ticks.";
  }
  return finding;
}

}  // namespace

std::vector<Finding> loop_lag(const model::Trace& trace, const Limits& limits) {
  std::vector<Finding> findings;
  for (model::LoopIndex index = 0; index < trace.loops.size(); ++index) {
    const model::Loop& loop = trace.loops[index];
    if (loop.lag.count() == 0) continue;
    const Judgement judged = judge(loop, limits);
    if (judged.warning || judged.critical) findings.push_back(late(trace, index, judged, limits));
  }
  return findings;
}

}  // namespace loopscope::detect
