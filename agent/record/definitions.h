// Names of things, on their way to the trace: strings, sites, loops and gauges get a number here, once, and a
// record in the ring's definitions area, from which the writer takes them before it takes the events that
// use them. Called by host threads at an event (lock-free, bounded, no allocation) and by the catalog.
#pragma once

#include <cstddef>
#include <cstdint>

#include "agent/record/ring_layout.h"

namespace loopscope::record {

inline constexpr std::size_t kMaxText = 1023;
inline constexpr std::uint32_t kMaxFrames = 128;

enum DefinitionKind : std::uint32_t {
  kDefinitionPadding = 0,
  kDefinitionString = 1,
  kDefinitionSite = 2,
  kDefinitionLoop = 3,
  kDefinitionGauge = 4,
  // No names, but they take the same way: see observations.h.
  kObservedStall = 5,
  kObservedSample = 6,
  kObservedRunQueue = 7,
  kObservedWoken = 8,
  kObservedReach = 9,
};

// A record in the area: this word, then `bytes` of payload, then padding to 8. Stored with release order
// when the payload is complete; 0 before that.
struct DefinitionWord {
  static constexpr std::uint64_t kCommitted = 1;
  static constexpr std::uint64_t make(DefinitionKind kind, std::size_t bytes) {
    return static_cast<std::uint64_t>(bytes) << 8 | static_cast<std::uint64_t>(kind) << 1 | kCommitted;
  }
  static constexpr DefinitionKind kind(std::uint64_t word) {
    return static_cast<DefinitionKind>(word >> 1 & 0x7f);
  }
  static constexpr std::size_t bytes(std::uint64_t word) { return static_cast<std::size_t>(word >> 8); }
  static constexpr std::size_t total(std::size_t payload) { return 8 + ((payload + 7) & ~std::size_t{7}); }
};

// Payloads. Text and frames follow their struct.
struct StringDefinition {
  std::uint32_t id;
  std::uint32_t length;
  std::uint32_t truncated;
};
struct SiteDefinition {
  std::uint32_t id, kind, flags, name, file, function, line, base_site;
  std::uint32_t frames, frames_truncated;
};
struct LoopDefinition {
  std::uint32_t id, kind, name, thread_id;
};
struct GaugeDefinition {
  std::uint32_t id, name, unit;
};

// Appends a record made of up to two pieces. False, and counted, if the area is full.
bool append_definition(const Ring& ring, DefinitionKind kind, const void* payload, std::size_t payload_bytes,
                       const void* more = nullptr, std::size_t more_bytes = 0);

// What numbers are used in one recording. Made at start (memory is reserved, pages come as they are
// touched), forgotten at stop; reset() keeps the memory.
class InternTable {
 public:
  // False if no memory can be had.
  bool create();
  void reset();

  // Where the value for a key's 64-bit hash is, claimed for it if it is new (then 0); nullptr if the table
  // is full. Values change by atomic operations only.
  std::uint64_t* find(std::uint64_t hash) const;

 private:
  static constexpr unsigned kLevels = 3;
  static constexpr std::size_t kEntries[kLevels] = {std::size_t{1} << 12, std::size_t{1} << 16,
                                                    std::size_t{1} << 20};
  struct Entry {
    std::uint64_t hash;
    std::uint64_t value;
  };
  Entry* entries_ = nullptr;
};

std::uint64_t hash_bytes(const void* bytes, std::size_t length, std::uint64_t seed);

// Numbers are never used twice in a process. Sites of the catalog come first, those with stacks behind.
inline constexpr std::uint32_t kMaxBaseSite = 0xffff;
std::uint32_t new_string_id();
std::uint32_t new_base_site_id();  // 0 if there are no more

// The number of a text in this recording; 0 if text is nullptr or it could not be defined.
std::uint32_t intern_string(const Ring& ring, const char* text);

struct Stack {
  const std::uint64_t* frames;
  std::uint32_t count;
  bool truncated;
};

// The site for tasks of `base` created with this stack; `caller_site` is the one for the same caller with
// the stack not taken, 0 if this is it. 0 if it could not be defined.
std::uint32_t intern_stack_site(const Ring& ring, const SiteDefinition& base, std::uint32_t caller_site,
                                const Stack& stack);

// The site for tasks of `base` created from `caller`, stack not taken; `base` itself if it could not be defined.
std::uint32_t caller_site(const Ring& ring, const SiteDefinition& base, std::uint64_t caller);

// All of the above, for one recording.
bool create_intern_tables();
void reset_intern_tables();

}  // namespace loopscope::record
