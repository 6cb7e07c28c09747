#include "agent/woken.h"

#include <algorithm>

#include "agent/record/recorder.h"

using namespace loopscope::record;

LOOPSCOPE_HOT void loopscope_internal_woken(uint32_t events, int epoll, const uint64_t* what, uint32_t told) {
  Pen& pen = t_pen;
  // No record is made: room for one is not asked for.
  if (pen.state == nullptr || recording_number() <= 0) return;
  Woken& woken = pen.state->woken;
  constexpr auto relaxed = std::memory_order_relaxed;
  woken.tick.store(0, relaxed);
  woken.events.store(events, relaxed);
  woken.epoll.store(epoll, relaxed);
  for (std::uint32_t i = 0; i < std::min(told, Woken::kMost); ++i) woken.what[i].store(what[i], relaxed);
  woken.tick.store(pen.state->busy_since.load(relaxed), std::memory_order_release);
}
