// libuv as it was before us: the functions that stand behind the hooks, and where libuv's code lies. Resolved
// once, at the first hook call (libuv may be loaded late), by whichever thread comes first.
#pragma once

#include <uv.h>

#include <cstdint>

#include "agent/adapters/libuv/hooked_functions.h"
#include "agent/adapters/loops/entered.h"

namespace loopscope::uv {

// Not hooked, but needed. Called through the table too: neither shared library of ours may depend on libuv,
// or it would bring libuv into every process.
#define LOOPSCOPE_UV_USED_FUNCTIONS(X) \
  X(uv_is_active)                      \
  X(uv_timer_get_repeat)               \
  X(uv_fs_get_result)                  \
  X(uv_backend_timeout)                \
  X(uv_unref)

struct Libuv {
#define LOOPSCOPE_UV_MEMBER(name) decltype(&::name) name;
  LOOPSCOPE_UV_HOOKED_FUNCTIONS(LOOPSCOPE_UV_MEMBER)
  LOOPSCOPE_UV_USED_FUNCTIONS(LOOPSCOPE_UV_MEMBER)
#undef LOOPSCOPE_UV_MEMBER
};

using loops::AddressRange;

struct Symbols {
  Libuv libuv;
  AddressRange libuv_code;  // first to last executable segment
  AddressRange own_code;    // of the library these hooks are in
  int resolved;             // read with acquire order; everything above is valid when it is 1
};

extern Symbols symbols;

// Finds libuv: the next definition in symbol order, else a libuv that was loaded for one plugin only. What a
// library lacks answers UV_ENOSYS. Without any libuv nothing is remembered, so the next call tries again.
void resolve_symbols();

inline const Libuv& libuv() {
  if (__builtin_expect(!__atomic_load_n(&symbols.resolved, __ATOMIC_ACQUIRE), 0)) resolve_symbols();
  return symbols.libuv;
}

}  // namespace loopscope::uv
