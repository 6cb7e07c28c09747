#include "agent/stack/unwind.h"

#include <dlfcn.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include <algorithm>

#include "agent/stack/loader_lock.h"

namespace loopscope::stack {
namespace {

using Backtrace = int (*)(void**, int);
Backtrace g_backtrace = nullptr;

#define LOOPSCOPE_TEXT_OF(name) #name
#define LOOPSCOPE_SYMBOL_OF(macro) LOOPSCOPE_TEXT_OF(macro)

// By steps; all or none of them are there.
struct Steps {
  int (*get_context)(unw_context_t*);
  decltype(&::unw_init_local) init_local;
  decltype(&::unw_step) step;
  decltype(&::unw_get_reg) get_reg;
  decltype(&::unw_is_signal_frame) is_signal_frame;
  bool there;
} g_steps;

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

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
  g_steps.there = find(library, LOOPSCOPE_SYMBOL_OF(unw_tdep_getcontext), g_steps.get_context) &&
                  find(library, LOOPSCOPE_SYMBOL_OF(unw_init_local), g_steps.init_local) &&
                  find(library, LOOPSCOPE_SYMBOL_OF(unw_step), g_steps.step) &&
                  find(library, LOOPSCOPE_SYMBOL_OF(unw_get_reg), g_steps.get_reg) &&
                  find(library, LOOPSCOPE_SYMBOL_OF(unw_is_signal_frame), g_steps.is_signal_frame);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // Sanitizers stand in front of dl_iterate_phdr themselves.
  answer_for_the_loader(library);
#endif
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

std::uint32_t unwind_places(const void* frame, const void* caller, std::uint32_t max_frames, Place* places,
                            std::uint32_t most) {
  if (!g_steps.there) return 0;
  unw_context_t context;
  unw_cursor_t cursor;
  if (g_steps.get_context(&context) != 0 || g_steps.init_local(&cursor, &context) != 0) return 0;
  std::uint32_t count = 0;
  std::uint32_t wanted = 0;  // once the caller is there
  while (wanted == 0 || count < wanted) {
    const int stepped = g_steps.step(&cursor);
    if (stepped < 0) return 0;
    unw_word_t address = 0, above = 0;
    if (stepped == 0 || g_steps.get_reg(&cursor, UNW_REG_IP, &address) != 0 || address == 0) break;
    if (g_steps.get_reg(&cursor, UNW_REG_SP, &above) != 0 || g_steps.is_signal_frame(&cursor) > 0) return 0;
    const auto* at = reinterpret_cast<const std::uint64_t*>(above) - 1;
    if (at < frame) continue;
    if (count == most) return 0;
    places[count++] = {address, at};
    if (wanted == 0 && reinterpret_cast<const void*>(address) == caller) wanted = count + max_frames - 1;
  }
  return wanted != 0 ? count : 0;
}

}  // namespace loopscope::stack
