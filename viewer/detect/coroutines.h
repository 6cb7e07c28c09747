// What detectors know of coroutine frames, which are tasks of a kind of their own. Pure, any thread.
#pragma once

#include <string_view>

#include "viewer/model/trace.h"

namespace loopscope::detect {

// As agent/include/loopscope/coroutine names it.
inline constexpr std::string_view kCoroutine = "coroutine";

inline bool is_coroutine(const model::Trace& trace, model::TaskIndex task) {
  const model::SiteIndex site = trace.tasks.site(task);
  return site < trace.sites.size() && trace.sites[site].kind == kCoroutine;
}

// Its body never ran: it is pending, or was destroyed so.
inline bool is_unstarted_coroutine(const model::Trace& trace, model::TaskIndex task) {
  if (trace.tasks.spans(task) != 0 || !is_coroutine(trace, task)) return false;
  return trace.tasks.pending(task) || trace.tasks.outcome(task) == model::Outcome::abandoned;
}

}  // namespace loopscope::detect
