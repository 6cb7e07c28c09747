// The operations of one ring that have not completed, by their user_data, oldest first where several have the same one.
// One thread at a time announces (who submits: liburing asks for that), one at a time does the rest (whoever holds the ring's
// `walking`); the two may be different threads at once. Of fixed size, no allocation, no lock.
#pragma once

#include <loopscope/loopscope.h>

#include <cstddef>
#include <cstdint>

#include "agent/adapters/liburing/operations.h"

namespace loopscope::liburing {

struct Operation {
  uint64_t user_data;
  loopscope_task task;  // 0: silent
  int32_t file;         // -1: none
  uint32_t chain;       // of linked operations that are told of together; 0: none
  Kind kind;
  bool multishot;
  // One that has no completion if it succeeds, and if it fails gives up those behind it in its chain without a word. It is kept
  // for as long as one of those is in flight.
  bool silent;
  bool follows_told;  // silent, but behind one in its chain that tells how it ended
};

struct Entry {
  Operation operation;
  int32_t error;      // of a completion that was not the last
  uint32_t next_key;  // the oldest of the next user_data in this bucket; of a free one: the next free one
  uint32_t younger;   // the next one with this user_data
  uint32_t youngest;  // of an oldest one: the last of those
  uint32_t next_in_chain;  // valid while that one's chain is the same
  uint32_t first_silent;   // of the silent ones before this one in its chain
  bool used;
};

class InFlight {
 public:
  // Bytes of zeros for so many operations, and so many that are announced and not yet taken; powers of two.
  static size_t bytes_for(uint32_t capacity, uint32_t announced);
  void use(void* memory, uint32_t capacity, uint32_t announced);

  // The announcing thread, which has the rest as well: what was announced is taken, and the next ones go to its memory.
  void rewind();

  // The announcing thread: false if there is no room for it.
  bool has_room() const;
  void announce(const Operation& operation);

  // Takes what was announced into the table. `dropped(task)` for what finds no room.
  template <class Dropped>
  void take(Dropped dropped);

  // The oldest with that user_data; nullptr if none is known.
  Entry* find(uint64_t user_data) { return find(user_data, false); }
  Entry* find_silent(uint64_t user_data) { return find(user_data, true); }
  Entry* younger(const Entry* entry) { return at(entry->younger); }
  void remove(Entry* entry);

  // Of a chain: the next one that is still there.
  Entry* next_in_chain(const Entry* entry);
  // The silent ones that came before it have succeeded.
  void remove_silent_before(Entry* entry);

  uint32_t size() const { return size_; }  // without silent ones
  bool has_shared() const { return shared_ != 0; }
  // In the order of their places.
  template <class Each>
  void for_each(Each each);
  void clear();

 private:
  Entry* at(uint32_t number) { return number == 0 ? nullptr : entries_ + number - 1; }
  uint32_t number_of(const Entry* entry) const { return static_cast<uint32_t>(entry - entries_ + 1); }
  uint32_t& bucket_of(uint64_t user_data, bool silent);
  Entry* find(uint64_t user_data, bool silent);
  bool add(const Operation& operation);

  Entry* entries_;
  uint32_t* buckets_;
  Operation* announced_;  // a ring of its own: from `taken_` to `announced_end_`
  uint32_t capacity_;
  uint32_t announced_capacity_;
  uint32_t announced_end_;
  uint32_t taken_;
  uint32_t never_used_;
  uint32_t free_;
  uint32_t size_;
  uint32_t shared_;  // how many are not the oldest of their user_data
  uint32_t last_in_chain_;
  uint32_t first_silent_;
};

template <class Dropped>
void InFlight::take(Dropped dropped) {
  const uint32_t end = __atomic_load_n(&announced_end_, __ATOMIC_ACQUIRE);
  uint32_t at = taken_;
  for (; at != end; ++at) {
    const Operation& operation = announced_[at & (announced_capacity_ - 1)];
    if (!add(operation) && operation.task != 0) dropped(operation.task);
  }
  __atomic_store_n(&taken_, at, __ATOMIC_RELEASE);
}

template <class Each>
void InFlight::for_each(Each each) {
  for (uint32_t i = 0; i < never_used_; ++i) {
    if (entries_[i].used) each(&entries_[i]);
  }
}

}  // namespace loopscope::liburing
