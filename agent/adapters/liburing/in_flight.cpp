// See in_flight.h.
#include "agent/adapters/liburing/in_flight.h"

#include <cstring>

namespace loopscope::liburing {

size_t InFlight::bytes_for(uint32_t capacity, uint32_t announced) {
  return capacity * (sizeof(Entry) + sizeof(uint32_t)) + announced * sizeof(Operation);
}

void InFlight::use(void* memory, uint32_t capacity, uint32_t announced) {
  capacity_ = capacity;
  announced_capacity_ = announced;
  entries_ = static_cast<Entry*>(memory);
  announced_ = reinterpret_cast<Operation*>(entries_ + capacity);
  buckets_ = reinterpret_cast<uint32_t*>(announced_ + announced);
}

void InFlight::rewind() {
  if (taken_ == announced_end_) taken_ = announced_end_ = 0;
}

bool InFlight::has_room() const {
  return announced_end_ - __atomic_load_n(&taken_, __ATOMIC_ACQUIRE) < announced_capacity_;
}

void InFlight::announce(const Operation& operation) {
  announced_[announced_end_ & (announced_capacity_ - 1)] = operation;
  __atomic_store_n(&announced_end_, announced_end_ + 1, __ATOMIC_RELEASE);
}

uint32_t& InFlight::bucket_of(uint64_t user_data, bool silent) {
  const uint64_t hash = (user_data + silent) * 0x9E3779B97F4A7C15u;
  return buckets_[(hash >> 32) & (capacity_ - 1)];
}

Entry* InFlight::find(uint64_t user_data, bool silent) {
  Entry* entry = at(bucket_of(user_data, silent));
  while (entry != nullptr && (entry->operation.user_data != user_data || entry->operation.silent != silent)) {
    entry = at(entry->next_key);
  }
  return entry;
}

bool InFlight::add(const Operation& operation) {
  if (free_ == 0 && never_used_ == capacity_) return false;
  const uint32_t number = free_ != 0 ? free_ : never_used_ + 1;
  Entry* const entry = entries_ + number - 1;
  if (number == free_) {
    free_ = entry->next_key;
  } else {
    ++never_used_;
  }
  *entry = Entry{operation, 0, 0, 0, 0, 0, 0, true};
  if (operation.chain != 0) {
    Entry* last = at(last_in_chain_);
    const bool goes_on = last != nullptr && last->operation.chain == operation.chain;
    if (goes_on) last->next_in_chain = number;
    if (!goes_on) first_silent_ = 0;
    if (operation.silent) {
      if (first_silent_ == 0) first_silent_ = number;
    } else {
      entry->first_silent = first_silent_;
      first_silent_ = 0;
    }
    last_in_chain_ = number;
  }
  size_ += !operation.silent;
  if (Entry* oldest = find(operation.user_data, operation.silent)) {
    at(oldest->youngest)->younger = number;
    oldest->youngest = number;
    ++shared_;
    return true;
  }
  uint32_t& bucket = bucket_of(operation.user_data, operation.silent);
  entry->youngest = number;
  entry->next_key = bucket;
  bucket = number;
  return true;
}

void InFlight::remove(Entry* entry) {
  const Operation& operation = entry->operation;
  const uint32_t number = number_of(entry);
  Entry* const oldest = find(operation.user_data, operation.silent);
  if (oldest == nullptr) return;
  if (oldest == entry) {
    // The next one takes its place in the bucket.
    Entry* heir = at(entry->younger);
    uint32_t* link = &bucket_of(operation.user_data, operation.silent);
    while (*link != number) link = &at(*link)->next_key;
    if (heir != nullptr) {
      heir->next_key = entry->next_key;
      heir->youngest = entry->youngest;
      *link = number_of(heir);
      --shared_;
    } else {
      *link = entry->next_key;
    }
  } else {
    Entry* before = oldest;
    while (before != nullptr && before->younger != number) before = at(before->younger);
    if (before == nullptr) return;
    before->younger = entry->younger;
    if (oldest->youngest == number) oldest->youngest = number_of(before);
    --shared_;
  }
  size_ -= !operation.silent;
  entry->used = false;
  entry->operation.chain = 0;
  entry->next_key = free_;
  free_ = number;
}

Entry* InFlight::next_in_chain(const Entry* entry) {
  Entry* next = at(entry->next_in_chain);
  const uint32_t chain = entry->operation.chain;
  return next != nullptr && chain != 0 && next->operation.chain == chain ? next : nullptr;
}

void InFlight::remove_silent_before(Entry* entry) {
  Entry* silent = at(entry->first_silent);
  const uint32_t chain = entry->operation.chain;
  while (silent != nullptr && silent != entry && silent->operation.silent &&
         silent->operation.chain == chain) {
    Entry* next = next_in_chain(silent);
    remove(silent);
    silent = next;
  }
}

void InFlight::clear() {
  taken_ = __atomic_load_n(&announced_end_, __ATOMIC_ACQUIRE);
  memset(buckets_, 0, sizeof(uint32_t) * capacity_);
  for (uint32_t i = 0; i < never_used_; ++i) entries_[i] = Entry{};
  never_used_ = free_ = size_ = shared_ = last_in_chain_ = first_silent_ = 0;
}

}  // namespace loopscope::liburing
