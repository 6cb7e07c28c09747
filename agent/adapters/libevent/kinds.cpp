// See kinds.h.
#include "agent/adapters/libevent/kinds.h"

#include <event2/bufferevent.h>
#include <event2/bufferevent_struct.h>

#include <cstddef>

#include "agent/adapters/libevent/symbols.h"

namespace loopscope::libevent {
namespace {

struct KindText {
  const char* text;
  uint32_t flags;
};

constexpr KindText kKinds[] = {
#define LOOPSCOPE_EVENT_KIND(identifier, text, flags) {text, flags},
    LOOPSCOPE_EVENT_KINDS(LOOPSCOPE_EVENT_KIND)
#undef LOOPSCOPE_EVENT_KIND
};
constexpr size_t kKindCount = static_cast<size_t>(Kind::count);
static_assert(sizeof kKinds / sizeof kKinds[0] == kKindCount);

// The argument is only compared: it may be anything.
bool is_at(const event* ev, size_t offset) {
  return reinterpret_cast<uintptr_t>(ev) == reinterpret_cast<uintptr_t>(ev->ev_evcallback.evcb_arg) + offset;
}

}  // namespace

Sites sites;

// Two threads may do this at once; the same contents have the same number.
void define_sites() {
  for (size_t i = 0; i < kKindCount; ++i) {
    loopscope_site_info info{};
    info.size = sizeof info;
    info.kind = kKinds[i].text;
    info.flags = kKinds[i].flags | LOOPSCOPE_SITE_STACK;
    __atomic_store_n(&sites.of[i], loopscope_site_define(&info), __ATOMIC_RELAXED);
  }
  __atomic_store_n(&sites.defined, 1, __ATOMIC_RELEASE);
}

Kind kind_of(const event* ev) {
  if (ev->ev_events & EV_SIGNAL) return Kind::signal;
  if (is_timer(ev)) return is_persistent(ev) ? Kind::timer_persistent : Kind::timer;
  if (!is_persistent(ev)) return Kind::event;
  // A program's own struct may look alike.
  const auto callback = reinterpret_cast<const void*>(ev->ev_evcallback.evcb_cb_union.evcb_callback);
  if (!symbols.code.contains(callback)) return Kind::event_persistent;
  if (is_at(ev, offsetof(bufferevent, ev_read))) return Kind::bufferevent_read;
  if (is_at(ev, offsetof(bufferevent, ev_write))) return Kind::bufferevent_write;
  return Kind::event_persistent;
}

}  // namespace loopscope::libevent
