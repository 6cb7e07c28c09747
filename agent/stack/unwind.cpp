#include "agent/stack/unwind.h"

#include <dlfcn.h>

#include <algorithm>

namespace loopscope::stack {
namespace {

using Backtrace = int (*)(void**, int);
Backtrace g_backtrace = nullptr;

// Our frames below the hooked function's caller: capture, the recording function, its callers, a hook.
constexpr std::uint32_t kOwnFrames = 8;
constexpr std::uint32_t kMostFrames = 128 + kOwnFrames;

}  // namespace

bool prepare_unwinding() {
  if (g_backtrace != nullptr) return true;
  void* library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) return false;
  g_backtrace = reinterpret_cast<Backtrace>(dlsym(library, "unw_backtrace"));
  if (g_backtrace == nullptr) return false;
  void* warm_up[4];
  g_backtrace(warm_up, 4);
  return true;
}

__attribute__((noinline)) std::uint32_t capture(const void* from, std::uint64_t* frames, std::uint32_t max,
                                                bool& truncated) {
  truncated = true;
  frames[0] = reinterpret_cast<std::uint64_t>(from);
  if (g_backtrace == nullptr || max <= 1) return 1;
  void* found[kMostFrames];
  const int wanted = static_cast<int>(std::min(max + kOwnFrames, kMostFrames));
  const int count = g_backtrace(found, wanted);
  if (count <= 0) return 1;
  void** end = found + count;
  void** first = std::find(found, found + std::min<int>(count, kOwnFrames + 1), from);
  if (first == found + std::min<int>(count, kOwnFrames + 1)) return 1;
  const auto kept = std::min<std::uint32_t>(max, static_cast<std::uint32_t>(end - first));
  for (std::uint32_t i = 0; i < kept; ++i) frames[i] = reinterpret_cast<std::uint64_t>(first[i]);
  truncated = kept < static_cast<std::uint32_t>(end - first) || count == wanted;
  return kept;
}

}  // namespace loopscope::stack
