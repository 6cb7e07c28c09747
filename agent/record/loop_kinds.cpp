// What libraries without a file of their own have said of their loops. Said before main or as a program's part is loaded, by
// any thread; asked by threads that wait.
#include "agent/loop_kind.h"

#include <atomic>

namespace {

using RunsHere = int (*)();

// Free where `runs_here` is nullptr; being filled where there is no kind yet.
struct Said {
  std::atomic<RunsHere> runs_here;
  std::atomic<const char*> kind;
};
constexpr unsigned kMostSaid = 16;
Said g_said[kMostSaid];

}  // namespace

extern "C" {

int loopscope_loop_kind(const char* kind, int (*runs_here)(void)) {
  if (runs_here == nullptr) return LOOPSCOPE_EINVAL;
  for (Said& said : g_said) {
    if (said.runs_here.load(std::memory_order_acquire) != runs_here) continue;
    said.kind.store(kind, std::memory_order_release);
    if (kind == nullptr) said.runs_here.store(nullptr, std::memory_order_release);
    return LOOPSCOPE_OK;
  }
  if (kind == nullptr) return LOOPSCOPE_OK;
  for (Said& said : g_said) {
    RunsHere none = nullptr;
    if (!said.runs_here.compare_exchange_strong(none, runs_here, std::memory_order_acq_rel)) continue;
    said.kind.store(kind, std::memory_order_release);
    return LOOPSCOPE_OK;
  }
  return LOOPSCOPE_ENOMEM;
}

const char* loopscope_internal_loop_kind(void) {
  for (const Said& said : g_said) {
    const char* kind = said.kind.load(std::memory_order_acquire);
    const RunsHere runs_here = said.runs_here.load(std::memory_order_acquire);
    if (kind != nullptr && runs_here != nullptr && runs_here() != 0) return kind;
  }
  return nullptr;
}

int loopscope_internal_has_loop_kinds(void) {
  for (const Said& said : g_said) {
    if (said.kind.load(std::memory_order_acquire) != nullptr) return 1;
  }
  return 0;
}

}  // extern "C"
