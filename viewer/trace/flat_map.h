// A small, fast map from numbers: open addressing, linear probing, at most half full; what is erased leaves nothing
// behind. For tables that many events look into while few entries are there at a time. Used by Story and LiveTasks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace loopscope::trace {

// kEmpty is a number that is no key: it is never found, and must not be set.
template <class Key, class Value, Key kEmpty>
class FlatMap {
 public:
  std::size_t size() const { return size_; }

  // Good until the next change; null if it is not there.
  const Value* find(Key key) const {
    if (size_ == 0) return nullptr;
    const Slot& slot = slots_[place(key)];
    return slot.key == kEmpty ? nullptr : &slot.value;
  }
  void set(Key key, Value value) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    Slot& slot = slots_[place(key)];
    size_ += slot.key == kEmpty;
    slot = {key, value};
  }
  void erase(Key key) {
    if (size_ == 0) return;
    std::size_t hole = place(key);
    if (slots_[hole].key == kEmpty) return;
    // Whoever was pushed behind its home by this one moves up.
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t next = (hole + 1) & mask; slots_[next].key != kEmpty; next = (next + 1) & mask) {
      if (((next - home(slots_[next].key)) & mask) < ((next - hole) & mask)) continue;
      slots_[hole] = slots_[next];
      hole = next;
    }
    slots_[hole] = {};
    --size_;
  }

  // Calls `visit(key, value)` for all, in no order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.key != kEmpty) visit(slot.key, slot.value);
    }
  }

 private:
  struct Slot {
    Key key = kEmpty;
    Value value{};
  };
  static constexpr std::size_t kFirstSlots = 1024;

  std::size_t home(Key key) const { return (std::uint64_t{key} * 0x9E3779B97F4A7C15U) >> shift_; }
  // Where the key is, or the empty slot where it would be.
  std::size_t place(Key key) const {
    std::size_t at = home(key);
    while (slots_[at].key != key && slots_[at].key != kEmpty) at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  void grow() {
    std::vector<Slot> old(slots_.empty() ? kFirstSlots : 2 * slots_.size());
    std::swap(old, slots_);
    shift_ = 64;
    for (std::size_t size = slots_.size(); size > 1; size /= 2) --shift_;
    for (const Slot& slot : old) {
      if (slot.key != kEmpty) slots_[place(slot.key)] = slot;
    }
  }

  std::vector<Slot> slots_;
  unsigned shift_ = 63;
  std::size_t size_ = 0;
};

}  // namespace loopscope::trace
