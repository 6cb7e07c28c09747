// The table of loops; see loops.h. Open addressing by the loop's address.
#include "agent/adapters/libuv/loops.h"

namespace loopscope::uv {

namespace {

struct Entry {
  uintptr_t loop;  // kFree, kGone or a uv_loop_t's address
  uint32_t number;
};

constexpr uintptr_t kFree = 0;
constexpr uintptr_t kGone = 1;

Entry table[kMaxLoops];
uint32_t unnumbered;

unsigned place_of(uintptr_t loop) { return static_cast<unsigned>((loop * 0x9E3779B97F4A7C15u) >> 56); }

Entry* find(uintptr_t loop) {
  for (unsigned i = 0, place = place_of(loop); i < kMaxLoops; ++i, place = (place + 1) % kMaxLoops) {
    const uintptr_t there = __atomic_load_n(&table[place].loop, __ATOMIC_ACQUIRE);
    if (there == loop) return &table[place];
    if (there == kFree) return nullptr;
  }
  return nullptr;
}

// libuv forbids two threads to work on one loop at once, so nobody else inserts this address.
Entry* insert(uintptr_t loop) {
  for (unsigned i = 0, place = place_of(loop); i < kMaxLoops; ++i, place = (place + 1) % kMaxLoops) {
    Entry& entry = table[place];
    uintptr_t there = __atomic_load_n(&entry.loop, __ATOMIC_RELAXED);
    if (there != kFree && there != kGone) continue;
    if (__atomic_compare_exchange_n(&entry.loop, &there, loop, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
      return &entry;
    }
  }
  return nullptr;
}

}  // namespace

loopscope_loop loop_number(const uv_loop_t* loop, const char* name) {
  const auto address = reinterpret_cast<uintptr_t>(loop);
  Entry* entry = find(address);
  if (!entry) entry = insert(address);
  if (!entry) {
    __atomic_fetch_add(&unnumbered, 1, __ATOMIC_RELAXED);
    return 0;
  }
  uint32_t number = __atomic_load_n(&entry->number, __ATOMIC_RELAXED);
  if (number == 0) {
    number = loopscope_loop_created("libuv", name);
    __atomic_store_n(&entry->number, number, __ATOMIC_RELAXED);
  }
  return number;
}

void forget_loop(const uv_loop_t* loop) {
  Entry* entry = find(reinterpret_cast<uintptr_t>(loop));
  if (!entry) return;
  const uint32_t number = __atomic_exchange_n(&entry->number, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&entry->loop, kGone, __ATOMIC_RELEASE);
  if (number) loopscope_loop_closed(number);
}

uint32_t loops_without_number() { return __atomic_load_n(&unnumbered, __ATOMIC_RELAXED); }

}  // namespace loopscope::uv
