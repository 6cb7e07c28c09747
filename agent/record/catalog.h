// What the host defined for good: sites, loops and gauges, kept in this process so that they can be told to
// every recording, also one that starts later or in a forked child. Takes a lock and allocates: definitions
// are no events. Called by the C API, session (replay) and, without lock, by events that need a site's fields.
#pragma once

#include <cstdint>

#include "agent/record/definitions.h"

namespace loopscope::record {

struct SiteText {
  const char* kind;
  const char* name;
  const char* file;
  const char* function;
  std::uint32_t line;
  std::uint32_t flags;  // of loopscope.h
};

// Set in the number of a site whose tasks get the caller's stack, so that a creation sees it without looking the
// site up; not part of the number that records hold.
inline constexpr std::uint32_t kSiteWantsStack = 1u << 31;

// 0 if there are too many, or a signal handler came here while its thread held the lock.
std::uint32_t define_site(const SiteText& text);
std::uint32_t define_loop(const char* kind, const char* name);
std::uint32_t define_gauge(const char* name, const char* unit);

// Session's: called once, at the definition of the first site of coroutines, by who defines it, without the lock.
extern void (*g_on_first_coroutine)();

// nullptr if the catalog has no such site. Lock-free. `flags` has the API's bits too.
const SiteDefinition* base_site(std::uint32_t id);

// From now on definitions go to this ring too; all there are go there now. An empty ring: to none.
void attach_catalog(const Ring& ring);

// Around fork: the child must not inherit a held lock.
void lock_catalog();
void unlock_catalog();

}  // namespace loopscope::record
