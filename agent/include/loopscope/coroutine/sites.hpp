// Numbers of the places of a program's coroutines and of their awaits, looked up where they are needed: the source
// position comes as arguments, so that no static variable can hold them. Any thread, no lock; a place that finds no
// room in the table is defined anew each time, which costs more and gives the same number.
#pragma once

#include <loopscope/loopscope.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace loopscope::coroutines {

// Pointers are the compiler's texts: the same place has the same ones, unless several shared libraries have it.
struct Place {
  const char* file;
  const char* function;
  std::uint32_t line;
};

struct KnownSite {
  std::atomic<std::uint64_t> key;  // 0: free
  std::atomic<std::uint32_t> site;
  std::uint32_t is_internal;
};

struct SiteNumber {
  loopscope_site site = 0;
  bool is_internal = false;  // a coroutine of a library's inner workings
};

inline constexpr std::size_t kKnownSites = 4096;
inline constexpr std::size_t kMostProbes = 16;
inline KnownSite g_known_sites[kKnownSites];

inline std::uint64_t mixed(std::uint64_t hash, std::uint64_t more) {
  hash = (hash ^ more) * 0x9E3779B97F4A7C15u;
  return hash ^ hash >> 32;
}

// A frame of Asio's own, of those that stand between every operation and who waits for it.
inline bool is_internal_file(const char* file) {
  // "asio/impl/" or "asio/detail/" anywhere in the path.
  constexpr const char* kParts[] = {"asio/impl/", "asio/detail/"};
  for (const char* at = file; at != nullptr && *at != '\0'; ++at) {
    for (const char* part : kParts) {
      std::size_t i = 0;
      while (part[i] != '\0' && at[i] == part[i]) ++i;
      if (part[i] == '\0') return true;
    }
  }
  return false;
}

[[gnu::noinline, gnu::cold]] inline SiteNumber define_site(const char* kind, const char* name,
                                                           const Place& place, std::uint32_t flags) {
  const bool internal = (flags & LOOPSCOPE_SITE_STACK) != 0 && is_internal_file(place.file);
  loopscope_site_info info = {};
  info.size = sizeof info;
  info.kind = kind;
  info.name = name;
  info.file = place.file;
  info.function = place.function;
  info.line = place.line;
  info.flags = flags | (internal ? std::uint32_t{LOOPSCOPE_SITE_INTERNAL} : 0);
  return {loopscope_site_define(&info), internal};
}

// Two places with the same key are one; with 64 bits that does not happen to anybody.
inline SiteNumber find_site(const char* kind, const char* name, const Place& place, std::uint32_t flags) {
  std::uint64_t key = mixed(reinterpret_cast<std::uintptr_t>(place.file), place.line);
  key = mixed(key, reinterpret_cast<std::uintptr_t>(place.function));
  key = mixed(key, reinterpret_cast<std::uintptr_t>(name)) | 1;
  for (std::size_t probe = 0; probe < kMostProbes; ++probe) {
    KnownSite& known = g_known_sites[(key + 2 * probe) / 2 % kKnownSites];
    std::uint64_t found = known.key.load(std::memory_order_acquire);
    if (found == key) {
      const std::uint32_t site = known.site.load(std::memory_order_acquire);
      // Whoever took the entry is about to fill it.
      if (site == 0) break;
      return {site, known.is_internal != 0};
    }
    if (found != 0) continue;
    if (!known.key.compare_exchange_strong(found, key, std::memory_order_acq_rel)) {
      if (found == key) break;
      continue;
    }
    const SiteNumber made = define_site(kind, name, place, flags);
    known.is_internal = made.is_internal;
    known.site.store(made.site, std::memory_order_release);
    return made;
  }
  return define_site(kind, name, place, flags);
}

// Of a coroutine: its function. Its frames have the stack of whoever called it.
inline SiteNumber coroutine_site(const Place& place) {
  return find_site("coroutine", nullptr, place, LOOPSCOPE_SITE_STACK);
}

// Of a co_await or co_yield: `what` is awaited.
inline loopscope_site await_site(const char* what, const Place& place) {
  return find_site("await", what, place, 0).site;
}

}  // namespace loopscope::coroutines
