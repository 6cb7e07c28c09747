// Groups of tasks that one waiter awaits together, of which one failed, and when the waiter went on. Two shapes:
//
// at once      co_await all(a, b, c): awaits that begin while the first of them lasts. Libraries put a coroutine of their
//              own around each; the member is then what that one awaits.
// in turn      a, b and c are started in one span, then co_await a; co_await b ... of which one fails, and the waiter never
//              awaits the rest. Only tasks of one place, or of places that other waiters of the same place do await.
//
// Found for orphaned-siblings, which judges them. Pure, any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/detect/await_lists.h"
#include "viewer/detect/site_groups.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

struct FailedGroup {
  model::TaskIndex waiter = model::kNoTask;
  std::uint32_t edge = 0;                 // into Trace::edges: the await that the failure ended
  std::vector<model::TaskIndex> members;  // in order of creation
  std::vector<model::TaskIndex> around;   // coroutines of a library's around them: no members, but theirs
  Time failed = 0;                        // the failure after which the waiter went on
  Time gone_on = 0;                       // when it did
};

// Groups of two and more whose waiter went on right after a failure. Whether others still ran then is not looked at.
std::vector<FailedGroup> find_failed_groups(const model::Trace& trace, const SiteGroups& groups,
                                            const AwaitLists& awaits);

}  // namespace loopscope::detect
