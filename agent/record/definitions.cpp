#include "agent/record/definitions.h"

#include <sys/mman.h>

#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>

namespace loopscope::record {
namespace {

std::atomic<std::uint32_t> g_next_string{1};
std::atomic<std::uint32_t> g_next_base_site{1};
std::atomic<std::uint32_t> g_next_stack_site{kMaxBaseSite + 1};

InternTable g_strings;
InternTable g_stack_sites;

template <class T>
std::atomic_ref<T> atomic(T& value) {
  return std::atomic_ref<T>(value);
}

std::uint64_t mix(std::uint64_t hash) {
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93u;
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93u;
  return hash ^ hash >> 32;
}

// Gives the slot's number, defining one with `define` (which returns 0 on failure) if there is none yet. Two
// threads may both define; the first number stays and the other is never used.
template <class Define>
std::uint32_t number_in(std::uint64_t* slot, Define define) {
  const auto known = static_cast<std::uint32_t>(atomic(*slot).load(std::memory_order_acquire));
  if (known != 0) return known;
  const std::uint32_t fresh = define();
  if (fresh == 0) return 0;
  std::uint64_t expected = 0;
  if (atomic(*slot).compare_exchange_strong(expected, fresh, std::memory_order_acq_rel)) return fresh;
  return static_cast<std::uint32_t>(expected);
}

}  // namespace

bool append_definition(const Ring& ring, DefinitionKind kind, const void* payload, std::size_t payload_bytes,
                       const void* more, std::size_t more_bytes) {
  RingHeader& header = *ring.header;
  const std::size_t bytes = payload_bytes + more_bytes;
  const std::size_t total = DefinitionWord::total(bytes);
  std::uint64_t at = header.definitions_reserved.load(std::memory_order_relaxed);
  std::uint64_t padding = 0;
  for (;;) {
    // A record never wraps: the rest of the area becomes padding.
    const std::uint64_t offset = at % kDefinitionBytes;
    padding = offset + total > kDefinitionBytes ? kDefinitionBytes - offset : 0;
    const std::uint64_t end = at + padding + total;
    if (end - header.definitions_consumed.load(std::memory_order_acquire) > kDefinitionBytes) {
      header.definitions_dropped.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    if (header.definitions_reserved.compare_exchange_weak(at, end, std::memory_order_acq_rel)) break;
  }
  auto commit = [&](std::uint64_t position, std::uint64_t word) {
    auto* where = reinterpret_cast<std::uint64_t*>(ring.definitions + position % kDefinitionBytes);
    atomic(*where).store(word, std::memory_order_release);
  };
  if (padding != 0) commit(at, DefinitionWord::make(kDefinitionPadding, padding - 8));
  unsigned char* to = ring.definitions + (at + padding) % kDefinitionBytes + 8;
  std::memcpy(to, payload, payload_bytes);
  if (more_bytes != 0) std::memcpy(to + payload_bytes, more, more_bytes);
  commit(at + padding, DefinitionWord::make(kind, bytes));
  return true;
}

bool InternTable::create() {
  if (entries_ != nullptr) return true;
  std::size_t entries = 0;
  for (std::size_t level : kEntries) entries += level;
  void* memory = mmap(nullptr, entries * sizeof(Entry), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return false;
  entries_ = static_cast<Entry*>(memory);
  return true;
}

void InternTable::reset() {
  if (entries_ == nullptr) return;
  std::size_t entries = 0;
  for (std::size_t level : kEntries) entries += level;
  madvise(entries_, entries * sizeof(Entry), MADV_DONTNEED);
}

std::uint64_t* InternTable::find(std::uint64_t hash) const {
  if (hash == 0) hash = 1;
  Entry* level = entries_;
  for (std::size_t size : kEntries) {
    constexpr std::size_t kProbes = 32;
    for (std::size_t i = 0; i < kProbes; ++i) {
      Entry& entry = level[(hash + i) & (size - 1)];
      std::uint64_t found = atomic(entry.hash).load(std::memory_order_acquire);
      if (found == 0 && atomic(entry.hash).compare_exchange_strong(found, hash, std::memory_order_acq_rel)) {
        return &entry.value;
      }
      if (found == hash) return &entry.value;
    }
    level += size;
  }
  return nullptr;
}

std::uint64_t hash_bytes(const void* bytes, std::size_t length, std::uint64_t seed) {
  const auto* at = static_cast<const unsigned char*>(bytes);
  std::uint64_t hash = mix(seed + length * 0x9e3779b97f4a7c15u + 1);
  for (; length >= 8; at += 8, length -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    hash = (std::rotl(hash, 27) ^ word) * 0x9e3779b97f4a7c15u;  // mixed well at the end
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, at, length);
  return mix(hash ^ rest);
}

std::uint32_t new_string_id() { return g_next_string.fetch_add(1, std::memory_order_relaxed); }

std::uint32_t new_base_site_id() {
  const std::uint32_t id = g_next_base_site.fetch_add(1, std::memory_order_relaxed);
  return id <= kMaxBaseSite ? id : 0;
}

std::uint32_t intern_string(const Ring& ring, const char* text) {
  if (text == nullptr) return 0;
  const std::size_t full = strnlen(text, kMaxText + 1);
  const std::size_t length = full > kMaxText ? kMaxText : full;
  std::uint64_t* slot = g_strings.find(hash_bytes(text, length, full));
  if (slot == nullptr) return 0;
  return number_in(slot, [&]() -> std::uint32_t {
    const StringDefinition definition{new_string_id(), static_cast<std::uint32_t>(length), full > kMaxText};
    const bool kept =
        append_definition(ring, kDefinitionString, &definition, sizeof definition, text, length);
    return kept ? definition.id : 0;
  });
}

std::uint32_t intern_stack_site(const Ring& ring, const SiteDefinition& base, std::uint32_t caller_site,
                                const Stack& stack) {
  const std::size_t bytes = stack.count * sizeof(std::uint64_t);
  const std::uint64_t seed = std::uint64_t{base.id} << 2 | (caller_site != 0 ? 2 : 0) | stack.truncated;
  std::uint64_t* slot = g_stack_sites.find(hash_bytes(stack.frames, bytes, seed));
  if (slot == nullptr) return caller_site;
  const std::uint32_t site = number_in(slot, [&]() -> std::uint32_t {
    const std::uint32_t id = g_next_stack_site.fetch_add(1, std::memory_order_relaxed);
    if (id > kMaxSite) return 0;
    SiteDefinition definition = base;
    definition.id = id;
    definition.base_site = caller_site;
    definition.frames = stack.count;
    definition.frames_truncated = stack.truncated;
    return append_definition(ring, kDefinitionSite, &definition, sizeof definition, stack.frames, bytes) ? id
                                                                                                         : 0;
  });
  return site != 0 ? site : caller_site;
}

std::uint32_t caller_site(const Ring& ring, const SiteDefinition& base, std::uint64_t caller) {
  const std::uint32_t site = intern_stack_site(ring, base, 0, {&caller, 1, true});
  return site != 0 ? site : base.id;
}

bool create_intern_tables() { return g_strings.create() && g_stack_sites.create(); }

void reset_intern_tables() {
  g_strings.reset();
  g_stack_sites.reset();
}

}  // namespace loopscope::record
