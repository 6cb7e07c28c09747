#include "viewer/detect/critical_path.h"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include "viewer/detect/coroutines.h"
#include "viewer/detect/path_tasks.h"

namespace loopscope::detect {
namespace {

using model::TaskIndex;

constexpr std::size_t kMostSegments = 200'000;
// Activities and awaits looked at for one path: seconds at the very most, whatever the trace.
constexpr std::uint64_t kMostLooks = 50'000'000;
// Awaits of one task that may have begun later than the one that counts.
constexpr std::size_t kMostAwaits = 4'096;

// The stalls of each thread in order of time; those of one thread do not overlap in a healthy trace.
class StallsInTime {
 public:
  explicit StallsInTime(const model::Trace& trace) : trace_(trace) {
    for (std::uint32_t at = 0; at < trace.stalls.size(); ++at) {
      const std::uint32_t thread = trace.stalls[at].thread;
      if (thread >= by_thread_.size()) by_thread_.resize(std::size_t{thread} + 1);
      by_thread_[thread].push_back(at);
    }
    for (std::vector<std::uint32_t>& stalls : by_thread_) {
      std::sort(stalls.begin(), stalls.end(), [&](std::uint32_t a, std::uint32_t b) {
        return trace.stalls[a].begin != trace.stalls[b].begin ? trace.stalls[a].begin < trace.stalls[b].begin
                                                              : a < b;
      });
    }
  }

  // The one begun last of those that touch what is before `at`; kNoStall if there is none.
  std::uint32_t last_before(std::uint32_t thread, Time at) const {
    if (thread >= by_thread_.size()) return PathSegment::kNoStall;
    const std::vector<std::uint32_t>& stalls = by_thread_[thread];
    const auto next = std::partition_point(
        stalls.begin(), stalls.end(), [&](std::uint32_t stall) { return trace_.stalls[stall].begin < at; });
    return next == stalls.begin() ? PathSegment::kNoStall : *(next - 1);
  }
  Time begin(std::uint32_t stall) const { return trace_.stalls[stall].begin; }
  Time end(std::uint32_t stall) const {
    return add_saturating(trace_.stalls[stall].begin, trace_.stalls[stall].duration);
  }

 private:
  const model::Trace& trace_;
  std::vector<std::vector<std::uint32_t>> by_thread_;  // into Trace::stalls
};

// One request, from its end to its beginning. Tasks that wait for each other are a stack, the innermost on top; each is
// asked what went on just before the cursor, and either moves it back or puts another task on top.
class WayBack {
 public:
  WayBack(const model::Trace& trace, const PathTasks& tasks, const StallsInTime& stalls, CriticalPath& path)
      : trace_(trace), tasks_(tasks), stalls_(stalls), path_(path), cursor_(path.times.end) {}

  void go() {
    push(path_.task, path_.times.begin);
    while (!stack_.empty()) {
      const Frame top = stack_.back();
      if (cursor_ <= top.floor) {
        pop();
      } else if (looks_ == 0 || path_.segments.size() >= kMostSegments) {
        path_.cut = true;
        emit(Spent::unknown, path_.times.begin, path_.task, model::kNoSite);
        break;
      } else {
        step(top);
      }
    }
    std::reverse(path_.segments.begin(), path_.segments.end());
    for (const PathSegment& segment : path_.segments) {
      Nanos& spent = path_.spent[static_cast<std::size_t>(segment.spent)];
      spent = add_saturating(spent, segment.duration());
    }
  }

 private:
  struct Frame {
    TaskIndex task;
    Time floor;  // what is before it is no part of its waiter's wait
  };
  struct Gap {
    Time from = 0;                   // the end of the span before, or the floor
    const PathSpan* next = nullptr;  // the span that begins at the cursor
    bool has_run = false;            // there is a span before it
  };

  void push(TaskIndex task, Time floor) {
    stack_.push_back({task, floor});
    on_path_.insert(task);
  }
  void pop() {
    const TaskIndex task = stack_.back().task;
    on_path_.erase(task);
    stack_.pop_back();
    // Whoever created it went on then: that is where its waiter's time went before.
    creator_ = trace_.tasks.created(task) == cursor_ ? trace_.tasks.parent(task) : model::kNoTask;
  }

  // From `from` to the cursor, which moves there.
  void emit(Spent spent, Time from, TaskIndex task, model::SiteIndex site,
            std::uint32_t stall = PathSegment::kNoStall) {
    if (from >= cursor_) return;
    const auto depth = static_cast<std::uint32_t>(stack_.empty() ? 0 : stack_.size() - 1);
    PathSegment* const last = path_.segments.empty() ? nullptr : &path_.segments.back();
    if (last != nullptr && last->spent == spent && last->task == task && last->site == site &&
        last->stall == stall && last->depth == depth) {
      last->from = from;
    } else {
      path_.segments.push_back({spent, from, cursor_, task, site, stall, depth});
    }
    cursor_ = from;
  }

  void step(const Frame& frame) {
    const std::span<const PathSpan> spans =
        tasks_.has(frame.task) ? tasks_.spans(frame.task) : std::span<const PathSpan>();
    const auto next = std::partition_point(spans.begin(), spans.end(),
                                           [this](const PathSpan& span) { return span.begin < cursor_; });
    Gap gap{frame.floor, nullptr, next != spans.begin()};
    if (next != spans.end() && next->begin == cursor_) gap.next = &*next;
    if (gap.has_run) {
      const PathSpan& before = *(next - 1);
      if (before.end >= cursor_) return run(frame, before);
      gap.from = std::max(gap.from, before.end);
    }
    wait(frame, gap);
  }

  void run(const Frame& frame, const PathSpan& span) {
    const Time from = std::max(frame.floor, span.begin);
    std::uint32_t stall = stalls_.last_before(span.thread, cursor_);
    if (stall != PathSegment::kNoStall) {
      // Its own; or, of a span inside of the one that stalled, as long as a stall by itself.
      const bool own = trace_.stalls[stall].task == frame.task && stalls_.begin(stall) >= span.begin;
      const bool inside = stalls_.begin(stall) <= span.begin && stalls_.end(stall) >= span.end &&
                          span.end - span.begin > trace_.stall_limit;
      if (!own && !inside) stall = PathSegment::kNoStall;
    }
    emit(Spent::running, from, frame.task, trace_.tasks.site(frame.task), stall);
  }

  // The task was ready from `from` to the cursor.
  void late(const Frame& frame, Time from, const PathSpan* next) {
    const model::SiteIndex site = trace_.tasks.site(frame.task);
    while (next != nullptr && cursor_ > from) {
      const std::uint32_t stall = stalls_.last_before(next->thread, cursor_);
      if (stall == PathSegment::kNoStall || stalls_.end(stall) <= from) break;
      // Nobody is held up by itself.
      const Spent spent = trace_.stalls[stall].task == frame.task ? Spent::queued : Spent::held_up;
      emit(Spent::queued, std::max(from, stalls_.end(stall)), frame.task, site);
      emit(spent, std::max(from, stalls_.begin(stall)), frame.task, site,
           spent == Spent::held_up ? stall : PathSegment::kNoStall);
    }
    emit(Spent::queued, from, frame.task, site);
  }

  // The await that the task's wait up to the cursor was for. If it went on then: the one that ended last before. Else, and
  // if there is none such, the one begun last that was not over.
  const model::Edge* await_of(const Frame& frame, const Gap& gap) {
    const std::span<const std::uint32_t> awaits =
        tasks_.has(frame.task) ? tasks_.awaits(frame.task) : std::span<const std::uint32_t>();
    auto at = std::partition_point(awaits.begin(), awaits.end(),
                                   [this](std::uint32_t edge) { return trace_.edges[edge].begin < cursor_; });
    const model::Edge* ended = nullptr;
    const model::Edge* open = nullptr;
    for (std::size_t looked = 0; at != awaits.begin() && looked < kMostAwaits && looks_ > 0;
         ++looked, --looks_) {
      const model::Edge& edge = trace_.edges[*--at];
      if (edge.end <= gap.from) continue;
      if (edge.end <= cursor_) {
        if (ended == nullptr || edge.end > ended->end) ended = &edge;
        if (edge.end == cursor_) break;
      } else if (open == nullptr) {
        open = &edge;
      }
    }
    if (gap.next != nullptr) return ended != nullptr ? ended : open;
    return open != nullptr ? open : ended;
  }

  void wait(const Frame& frame, Gap gap) {
    const model::Edge* const edge = await_of(frame, gap);
    if (edge != nullptr && edge->to != model::kNoTask && tasks_.has(edge->to) && !on_path_.contains(edge->to))
      return wait_for_task(frame, gap, *edge);

    // A coroutine that did not begin yet waits for nothing but its turn.
    if (is_coroutine(trace_, frame.task) && !gap.has_run && gap.next != nullptr)
      return late(frame, gap.from, gap.next);
    if (gap.next != nullptr && gap.next->lag > 0) {
      const Time ready = std::max(gap.from, subtract_saturating(cursor_, gap.next->lag));
      if (ready < cursor_) return late(frame, ready, gap.next);
    }
    if (const auto below = last_below(frame, gap, edge)) {
      if (below->end < cursor_) emit(Spent::unknown, below->end, frame.task, trace_.tasks.site(frame.task));
      push(below->task, std::max(gap.from, trace_.tasks.created(below->task)));
      return;
    }
    wait_for_itself(frame, gap, edge);
  }

  void wait_for_task(const Frame& frame, const Gap& gap, const model::Edge& edge) {
    const Time from = std::max(gap.from, edge.begin);
    const Time over = std::min({trace_.tasks.finished(edge.to), edge.end, cursor_});
    if (gap.next == nullptr && edge.end < cursor_) {
      // The wait was over, and it was never seen to run again.
      emit(Spent::unknown, std::max(over, from), frame.task, trace_.tasks.site(frame.task));
    } else if (over < cursor_) {
      late(frame, std::max(over, from), gap.next);
    }
    if (cursor_ > from) push(edge.to, from);
  }

  // What went on below the task up to the cursor, if that is what it waited for.
  std::optional<PathTasks::Activity> last_below(const Frame& frame, const Gap& gap, const model::Edge* edge) {
    const TaskIndex creator = std::exchange(creator_, model::kNoTask);
    if (!tasks_.has_any_below(frame.task)) return std::nullopt;
    const auto fits = [&](const PathTasks::Activity& one) {
      return trace_.tasks.created(one.task) < cursor_ && tasks_.is_below(one.task, frame.task) &&
             !on_path_.contains(one.task);
    };
    if (gap.next != nullptr) {
      if (const auto* const caller = tasks_.around(frame.task, *gap.next, looks_, fits)) return *caller;
    }
    if (creator != model::kNoTask && tasks_.is_below(creator, frame.task)) {
      if (const PathSpan* const span = span_under_way(creator)) {
        const PathTasks::Activity activity{span->begin, span->end, creator};
        if (fits(activity)) return activity;
      }
    }
    const auto* const found = tasks_.last_before(frame.task, cursor_, gap.from, looks_, fits);
    if (found == nullptr) return std::nullopt;
    // The loop called the task, or another one did from inside of its span. If it was the loop, one that is called time and
    // again waited for its own next event, and one that awaits something for that.
    const bool only_caller = edge != nullptr || (gap.next != nullptr && is_subscription(frame.task));
    return only_caller && found->end < cursor_ ? std::nullopt : std::optional(*found);
  }

  // Of the task, one that began before the cursor and goes up to it.
  const PathSpan* span_under_way(TaskIndex task) const {
    const std::span<const PathSpan> spans = tasks_.spans(task);
    const auto next = std::partition_point(spans.begin(), spans.end(),
                                           [this](const PathSpan& span) { return span.begin < cursor_; });
    return next != spans.begin() && (next - 1)->end >= cursor_ ? &*(next - 1) : nullptr;
  }

  bool is_subscription(TaskIndex task) const {
    const model::SiteIndex site = trace_.tasks.site(task);
    return site < trace_.sites.size() && trace_.sites[site].is(model::kSubscription);
  }

  void wait_for_itself(const Frame& frame, const Gap& gap, const model::Edge* edge) {
    if (edge != nullptr && edge->begin < cursor_) {
      // Behind the end of the await nobody knows why it did not go on.
      if (edge->end < cursor_)
        return emit(Spent::unknown, std::max(edge->end, gap.from), frame.task, model::kNoSite);
      const bool placed = edge->site != model::kNoSite && edge->site < trace_.sites.size();
      return emit(Spent::waiting, std::max(gap.from, edge->begin), frame.task,
                  placed ? edge->site : trace_.tasks.site(frame.task));
    }
    const Time finished = trace_.tasks.finished(frame.task);
    if (finished < cursor_ && finished > gap.from && gap.next == nullptr)
      return emit(Spent::unknown, finished, frame.task, trace_.tasks.site(frame.task));
    const bool fired = gap.next != nullptr && gap.next->lag != model::IntervalRow::kNoLag;
    const bool by_kind = !is_coroutine(trace_, frame.task) && finished >= cursor_ &&
                         (!gap.has_run || fired || !tasks_.has_any_below(frame.task));
    if (!by_kind) return emit(Spent::unknown, gap.from, frame.task, trace_.tasks.site(frame.task));
    // One that is called time and again has waited for this event since the request last did something.
    Time from = gap.from;
    if (is_subscription(frame.task) && stack_.size() > 1) {
      const auto fits = [&](const PathTasks::Activity& one) {
        return one.task != frame.task && one.end < cursor_;
      };
      if (const PathTasks::Activity* const other =
              tasks_.last_before(frame.task, cursor_, from, looks_, fits))
        from = other->end;
    }
    emit(Spent::waiting, from, frame.task, trace_.tasks.site(frame.task));
    if (from > gap.from && stack_.size() > 1) pop();
  }

  const model::Trace& trace_;
  const PathTasks& tasks_;
  const StallsInTime& stalls_;
  CriticalPath& path_;
  Time cursor_;
  std::vector<Frame> stack_;
  std::unordered_set<TaskIndex> on_path_;
  TaskIndex creator_ = model::kNoTask;
  std::uint64_t looks_ = kMostLooks;
};

}  // namespace

std::vector<CriticalPath> critical_paths(const model::Trace& trace, const Contexts& contexts,
                                         std::span<const std::uint32_t> requests) {
  std::vector<CriticalPath> paths;
  const std::vector<RequestTimes> times = request_times(trace, contexts);
  const PathTasks tasks(trace, contexts, requests);
  const StallsInTime stalls(trace);
  for (const std::uint32_t request : requests) {
    CriticalPath& path = paths.emplace_back();
    path.task = contexts.requests()[request].task;
    path.times = times[request];
    WayBack(trace, tasks, stalls, path).go();
  }
  return paths;
}

CriticalPath critical_path(const model::Trace& trace, TaskIndex task) {
  const Contexts only = Contexts::of_task(trace, task);
  if (only.empty()) return {};
  const std::uint32_t first = 0;
  return std::move(critical_paths(trace, only, {&first, 1}).front());
}

}  // namespace loopscope::detect
