// Chains of callbacks: an operation that is started in the callback of the one before, at the same place, again and again.
// The shape of sequential awaits in libraries without awaits, told from streams by kind: looks at files by name and
// questions to a name server know nothing of each other, reads and writes of one file do. Pure, any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "viewer/detect/site_groups.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

struct CallbackChains {
  std::uint32_t place = 0;  // a group of SiteGroups
  std::uint64_t chains = 0;
  std::uint64_t tasks = 0;
  Nanos total = 0;                        // all lifetimes
  Nanos at_once = 0;                      // what it would take with four at a time: libuv's pool
  std::vector<model::TaskIndex> dearest;  // the longest chain, in order
  Time first = 0;
  Time last = 0;

  static constexpr std::uint32_t kPool = 4;
};

// By place; those of at least `least` tasks, all of which finished well.
std::vector<CallbackChains> find_callback_chains(const model::Trace& trace, const SiteGroups& groups,
                                                 std::uint32_t least);

}  // namespace loopscope::detect
