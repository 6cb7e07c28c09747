// Words of memory that belongs to somebody else, wherever they stand and whatever a sanitizer thinks of it. In the child
// of a check only, of memory that is there.
#pragma once

#include <cstdint>

namespace loopscope::reach {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LOOPSCOPE_UNCHECKED __attribute__((no_sanitize("address", "thread", "undefined"), noinline))
#else
#define LOOPSCOPE_UNCHECKED
#endif

LOOPSCOPE_UNCHECKED inline std::uint64_t word_at(std::uint64_t address) {
  typedef std::uint64_t __attribute__((may_alias, aligned(1))) Word;
  return *reinterpret_cast<const Word*>(address);
}

}  // namespace loopscope::reach
