#include "viewer/view/timeline_lanes.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "viewer/base/text.h"
#include "viewer/report/summary.h"
#include "viewer/view/tab_text.h"

namespace loopscope::view {
namespace {

using Kind = TimelineLane::Kind;

std::string name_of_loop(const model::Loop& loop) {
  std::string name = fmt::format("{} {}", loop.id, printable_text(loop.kind));
  if (!loop.name.empty()) name += " " + printable_text(loop.name);
  return name;
}

std::string numbers_of_loop(const model::Loop& loop) {
  return fmt::format("{} ticks, {} busy, {} used, lag p99 {}", count_text(loop.ticks),
                     duration_text(loop.busy_ns), percent_text(report::utilization(loop)),
                     duration_text(loop.lag.quantile(0.99)));
}

class LaneList {
 public:
  explicit LaneList(const model::Trace& trace) : trace_(trace), shown_(trace.threads.size()) {}

  TimelineLanes make() {
    add({.kind = Kind::pending, .name = "pending tasks"});
    for (model::LoopIndex loop = 0; loop < trace_.loops.size(); ++loop) add_loop(loop);
    for (const std::uint32_t thread : busiest_first()) add_thread(thread);
    for (std::size_t gauge = 0; gauge < trace_.gauges.size(); ++gauge) {
      add({.kind = Kind::gauge, .name = trace_.gauges[gauge].name, .number = gauge});
    }
    return std::move(lanes_);
  }

 private:
  bool full() const { return lanes_.lanes.size() >= kMaxLanes; }
  void add(TimelineLane lane) {
    if (!full()) lanes_.lanes.push_back(std::move(lane));
  }

  void add_loop(model::LoopIndex index) {
    const model::Loop& loop = trace_.loops[index];
    const model::Timeline& timeline = trace_.timeline;
    const std::size_t thread = thread_of(trace_, loop);
    const bool has_rows = index < timeline.loops.size() && !timeline.loops[index].ticks.empty();
    const bool has_thread = thread < timeline.threads.size();
    if (!has_rows && loop.ticks == 0) return;
    add({.kind = Kind::heading, .name = name_of_loop(loop), .detail = numbers_of_loop(loop), .loop = index});
    if (!has_rows) return;
    const model::LoopRows& rows = timeline.loops[index];
    const bool has_spans = has_thread && !timeline.threads[thread].spans.empty();
    const bool from_ticks = loop.lag_from_ticks || !has_spans;
    add({.kind = Kind::lag,
         .name = from_ticks ? "tick length" : "lag",
         .loop = index,
         .row = from_ticks ? &rows.ticks : &timeline.threads[thread].spans.front(),
         .lag_is_duration = from_ticks});
    add({.kind = Kind::ticks, .name = "ticks", .loop = index, .row = &rows.ticks, .behind = &rows.polls});
    // Two loops of one thread share its spans, which are shown at the first of them.
    if (has_thread) add_rows(static_cast<std::uint32_t>(thread), index);
  }

  void add_rows(std::uint32_t thread, model::LoopIndex loop) {
    if (shown_[thread]) return;
    shown_[thread] = true;
    const model::ThreadRows& rows = trace_.timeline.threads[thread];
    for (std::size_t depth = 0; depth < rows.spans.size(); ++depth) {
      if (rows.spans[depth].empty()) continue;
      add({.kind = Kind::spans,
           .name = depth == 0 ? "spans" : "",
           .loop = loop,
           .thread = thread,
           .number = depth,
           .row = &rows.spans[depth]});
    }
    if (!rows.calls.empty()) {
      add({.kind = Kind::calls,
           .name = "blocking calls",
           .loop = loop,
           .thread = thread,
           .row = &rows.calls});
    }
    const bool paused = std::any_of(trace_.pauses.begin(), trace_.pauses.end(),
                                    [&](const model::Pause& pause) { return pause.thread == thread; });
    if (paused) add({.kind = Kind::pauses, .name = "pauses", .loop = loop, .thread = thread});
  }

  void add_thread(std::uint32_t thread) {
    if (shown_[thread]) return;
    const model::ThreadRows& rows = trace_.timeline.threads[thread];
    if (rows.spans.empty() && rows.calls.empty()) return;
    if (full()) {
      ++lanes_.threads_left_out;
      return;
    }
    const model::Thread& named = trace_.threads[thread];
    const std::string name = named.name.empty() ? "thread" : printable_text(named.name);
    add({.kind = Kind::heading,
         .name = fmt::format("{} {}", name, named.tid),
         .detail = plural_text(named.events, "event", "events"),
         .thread = thread});
    add_rows(thread, model::kNoLoop);
  }

  std::vector<std::uint32_t> busiest_first() const {
    std::vector<std::uint32_t> order(std::min(trace_.threads.size(), trace_.timeline.threads.size()));
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return trace_.threads[a].events > trace_.threads[b].events;
    });
    return order;
  }

  const model::Trace& trace_;
  TimelineLanes lanes_;
  std::vector<bool> shown_;
};

}  // namespace

TimelineLanes timeline_lanes(const model::Trace& trace) { return LaneList(trace).make(); }

std::size_t thread_of(const model::Trace& trace, const model::Loop& loop) {
  const auto runs_it = [&](const model::Thread& thread) { return loop.tid != 0 && thread.tid == loop.tid; };
  return static_cast<std::size_t>(std::find_if(trace.threads.begin(), trace.threads.end(), runs_it) -
                                  trace.threads.begin());
}

std::string loops_text(const model::Trace& trace) {
  std::string text;
  add_row(text, {"id", "kind", "name", "thread", "ticks", "busy_ms", "idle_ms", "utilization", "lag_p50_ms",
                 "lag_p90_ms", "lag_p99_ms", "lag_p999_ms", "lag_max_ms", "poll_delay_p99_ms", "stalls",
                 "blocked_ms"});
  const std::vector<report::LoopStalls> stalls = report::stalls_by_loop(trace);
  for (std::size_t at = 0; at < trace.loops.size(); ++at) {
    const model::Loop& loop = trace.loops[at];
    add_row(text, {std::to_string(loop.id), loop.kind, loop.name, loop.thread, std::to_string(loop.ticks),
                   ms_text(loop.busy_ns), ms_text(loop.idle_ns), share_text(report::utilization(loop)),
                   ms_text(loop.lag.quantile(0.5)), ms_text(loop.lag.quantile(0.9)),
                   ms_text(loop.lag.quantile(0.99)), ms_text(loop.lag.quantile(0.999)),
                   ms_text(loop.lag.max()), ms_text(loop.poll_delay.quantile(0.99)),
                   std::to_string(stalls[at].stalls), ms_text(stalls[at].blocked)});
  }
  return text;
}

}  // namespace loopscope::view
