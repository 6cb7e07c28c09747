// Symbol names as people write them. Called by viewer/symbols on the loader thread; the names come from files
// that nobody vouches for.
#pragma once

#include <cstddef>
#include <string>

namespace loopscope::symbols {

inline constexpr std::size_t kMaxMangledBytes = 4096;
inline constexpr std::size_t kMaxDemangledBytes = 4096;

// The demangled name; `symbol` itself (cut to kMaxMangledBytes) where it is not mangled, too long, or means more
// than kMaxDemangledBytes of text.
std::string demangle(const char* symbol);

}  // namespace loopscope::symbols
