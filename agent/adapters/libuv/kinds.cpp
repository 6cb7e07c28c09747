// Site numbers of libuv's kinds; see kinds.h.
#include "agent/adapters/libuv/kinds.h"

#include <cstddef>

namespace loopscope::uv {

namespace {

struct KindText {
  const char* text;
  uint32_t flags;
};

constexpr KindText kKinds[] = {
    {"", 0},
#define LOOPSCOPE_UV_KIND(identifier, text, flags) {text, flags},
    LOOPSCOPE_UV_HANDLE_KINDS(LOOPSCOPE_UV_KIND) LOOPSCOPE_UV_REQUEST_KINDS(LOOPSCOPE_UV_KIND)
#undef LOOPSCOPE_UV_KIND
#define LOOPSCOPE_UV_KIND(function) {#function, 0}, {#function, LOOPSCOPE_SITE_SYNCHRONOUS},
        LOOPSCOPE_UV_FS_FUNCTIONS(LOOPSCOPE_UV_KIND)
#undef LOOPSCOPE_UV_KIND
            {"uv_cancel", LOOPSCOPE_SITE_INTERNAL},
};
constexpr size_t kKindCount = static_cast<size_t>(Kind::count);
static_assert(sizeof kKinds / sizeof kKinds[0] == kKindCount);

}  // namespace

Sites sites;

// Two threads may do this at once; the same contents have the same number.
void define_sites() {
  for (size_t i = 1; i < kKindCount; ++i) {
    loopscope_site_info info{};
    info.size = sizeof info;
    info.kind = kKinds[i].text;
    info.flags = kKinds[i].flags | (i == static_cast<size_t>(Kind::cancel_place) ? 0 : LOOPSCOPE_SITE_STACK);
    __atomic_store_n(&sites.of[i], loopscope_site_define(&info), __ATOMIC_RELAXED);
  }
  __atomic_store_n(&sites.defined, 1, __ATOMIC_RELEASE);
}

}  // namespace loopscope::uv
