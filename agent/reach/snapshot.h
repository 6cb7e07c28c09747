// A copy of the process, made as fork does, in which a search runs: the program's memory as it is at this moment, while
// the program goes on. The program learns nothing of its child: no handlers of fork run, no SIGCHLD comes, wait does not
// find it. The child has no descriptor of the program's, allocates nothing with malloc and lives at most as long as it is
// given. The prover's thread.
#pragma once

#include <cstdint>

#include "agent/reach/case.h"
#include "agent/reach/regions.h"

namespace loopscope::reach {

class Snapshot {
 public:
  // Returns when the copy is made; false if it cannot be. `of` is memory that both share.
  bool take(Case& of, const Regions& original);

  // Waits until the child has judged, is gone, or `until_ns`. Afterwards it is gone in any case.
  void wait(Case& of, std::uint64_t until_ns);

  // Ends the child, whatever it found.
  void give_up();

 private:
  int child_ = 0;
};

}  // namespace loopscope::reach
