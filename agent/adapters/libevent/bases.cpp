// The table of bases; see bases.h. Open addressing by the base's address.
#include "agent/adapters/libevent/bases.h"

#include <cstdint>

namespace loopscope::libevent {
namespace {

struct Entry {
  uintptr_t base;  // kFree, kGone or the address
  uint32_t number;
};

constexpr uintptr_t kFree = 0;
constexpr uintptr_t kGone = 1;

Entry table[kMaxBases];

unsigned place_of(uintptr_t base) { return static_cast<unsigned>((base * 0x9E3779B97F4A7C15u) >> 56); }

Entry* find(uintptr_t base) {
  for (unsigned i = 0, place = place_of(base); i < kMaxBases; ++i, place = (place + 1) % kMaxBases) {
    const uintptr_t there = __atomic_load_n(&table[place].base, __ATOMIC_ACQUIRE);
    if (there == base) return &table[place];
    if (there == kFree) return nullptr;
  }
  return nullptr;
}

Entry* insert(uintptr_t base) {
  for (unsigned i = 0, place = place_of(base); i < kMaxBases; ++i, place = (place + 1) % kMaxBases) {
    Entry& entry = table[place];
    uintptr_t there = __atomic_load_n(&entry.base, __ATOMIC_RELAXED);
    if (there != kFree && there != kGone) continue;
    if (__atomic_compare_exchange_n(&entry.base, &there, base, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
      return &entry;
    }
  }
  return nullptr;
}

}  // namespace

loopscope_loop loop_number(const event_base* base) {
  const auto address = reinterpret_cast<uintptr_t>(base);
  if (address <= kGone) return 0;
  Entry* entry = find(address);
  if (entry == nullptr) entry = insert(address);
  if (entry == nullptr) return 0;
  uint32_t number = __atomic_load_n(&entry->number, __ATOMIC_RELAXED);
  if (number == 0) {
    number = loopscope_loop_created("libevent", nullptr);
    __atomic_store_n(&entry->number, number, __ATOMIC_RELAXED);
  }
  return number;
}

void forget_base(const event_base* base) {
  const auto address = reinterpret_cast<uintptr_t>(base);
  Entry* entry = address > kGone ? find(address) : nullptr;
  if (entry == nullptr) return;
  const uint32_t number = __atomic_exchange_n(&entry->number, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&entry->base, kGone, __ATOMIC_RELEASE);
  if (number != 0) loopscope_loop_closed(number);
}

}  // namespace loopscope::libevent
