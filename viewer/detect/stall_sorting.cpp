#include "viewer/detect/stall_sorting.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "viewer/detect/site_groups.h"

namespace loopscope::detect {
namespace {

// When the watchdog itself was late: then others had the processors.
class Lateness {
 public:
  explicit Lateness(const model::Trace& trace) {
    for (const model::RunQueueWait& wait : trace.run_queue_waits) {
      if (wait.thread != model::RunQueueWait::kWatchdog) continue;
      waits_.push_back(&wait);
      longest_ = std::max(longest_, wait.to - wait.from);
    }
  }

  Nanos within(Time begin, Time end) const {
    auto wait = std::lower_bound(waits_.begin(), waits_.end(), subtract_saturating(begin, longest_),
                                 [](const model::RunQueueWait* a, Time at) { return a->from < at; });
    Nanos late = 0;
    for (; wait != waits_.end() && (*wait)->from <= end; ++wait) {
      late = add_saturating(late,
                            std::max<Nanos>(std::min((*wait)->to, end) - std::max((*wait)->from, begin), 0));
    }
    return late;
  }

 private:
  std::vector<const model::RunQueueWait*> waits_;  // in order of time
  Nanos longest_ = 0;
};

// Of a stall that the watchdog saw, the kernel's count; else what its own lateness tells.
Nanos waited_for_processor(const model::Trace& trace, const Lateness& lateness, const model::Stall& stall) {
  Nanos waited = stall.run_queue_wait;
  if (stall.cpu == model::Stall::kNotWatched && trace.watched) {
    waited = std::max(waited, lateness.within(stall.begin, end_of(stall)));
  }
  return std::clamp<Nanos>(waited, 0, std::max<Nanos>(stall.duration, 0));
}

// What is left without the wait would be no stall. Where the wait is most of it, its count may miss a part: what happened
// before the watchdog's first look.
bool is_the_machines(const model::Stall& stall, Nanos waited, Nanos limit) {
  const Nanos own = stall.duration - waited;
  return own < limit || (waited >= stall.duration / 2 && own < 2 * limit);
}

// Spans of blocking calls by thread, in order of time.
class Calls {
 public:
  explicit Calls(const model::Trace& trace) : trace_(trace), places_(trace) {
    for (const model::Span& span : trace.longest_spans) {
      if (span.task >= trace.tasks.size()) continue;
      const model::SiteIndex site = trace.tasks.site(span.task);
      if (site < trace.sites.size() && is_blocking_call(trace.sites[site]))
        by_thread_[span.thread].push_back(&span);
    }
    for (auto& [thread, spans] : by_thread_) {
      std::sort(spans.begin(), spans.end(),
                [](const model::Span* a, const model::Span* b) { return a->begin < b->begin; });
    }
  }

  // The call that takes the most of the stall, and how much.
  std::pair<model::SiteIndex, Nanos> most_of(const model::Stall& stall) const {
    const auto thread = by_thread_.find(stall.thread);
    if (thread == by_thread_.end()) return {model::kNoSite, 0};
    const auto& spans = thread->second;
    auto span = std::lower_bound(spans.begin(), spans.end(), stall.begin,
                                 [](const model::Span* a, Time at) { return a->begin < at; });
    std::unordered_map<std::uint32_t, Nanos> by_place;  // one line is one call, whoever called it
    std::pair<model::SiteIndex, Nanos> most{model::kNoSite, 0};
    for (; span != spans.end() && (*span)->begin <= end_of(stall); ++span) {
      const model::SiteIndex site = trace_.tasks.site((*span)->task);
      Nanos& sum = by_place[places_.of(site)];
      sum = add_saturating(sum, (*span)->duration);
      if (sum > most.second) most = {site, sum};
    }
    return most;
  }

 private:
  const model::Trace& trace_;
  SiteGroups places_;
  std::unordered_map<std::uint32_t, std::vector<const model::Span*>> by_thread_;
};

// Where no callback is recorded, a tick is all there is to see of one; what it did, its samples tell.
bool stands_for_a_callback(const model::Trace& trace, const model::Stall& stall) {
  return trace.loops[stall.loop].lag_from_ticks &&
         std::any_of(stall.samples.begin(), stall.samples.end(),
                     [](const model::StallSample& sample) { return !sample.stack.empty(); });
}

}  // namespace

bool is_blocking_call(const model::Site& site) {
  return site.is(model::kBlocking) || site.is(model::kSynchronous);
}

std::vector<SortedStall> sort_stalls(const model::Trace& trace, double call_share) {
  const Calls calls(trace);
  const Lateness lateness(trace);
  std::vector<SortedStall> sorted;
  sorted.reserve(trace.stalls.size());
  for (const model::Stall& stall : trace.stalls) {
    SortedStall& one = sorted.emplace_back();
    if (stall.loop >= trace.loops.size()) continue;
    one.waited_for_processor = waited_for_processor(trace, lateness, stall);
    if (is_the_machines(stall, one.waited_for_processor, trace.stall_limit)) {
      one.fault = Fault::machines;
      continue;
    }
    const auto [call, took] = calls.most_of(stall);
    if (call != model::kNoSite &&
        static_cast<double>(took) * 100 >= static_cast<double>(stall.duration) * call_share) {
      one.fault = Fault::calls;
      one.call = call;
    } else {
      one.fault = stall.is_tick && !stands_for_a_callback(trace, stall) ? Fault::ticks : Fault::spans;
    }
  }
  return sorted;
}

}  // namespace loopscope::detect
