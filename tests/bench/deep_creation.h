// A host that creates tasks below calls that do nothing but call, on threads of its own. The same source is compiled
// twice, with and without frame pointers, from the beginning of the thread down to the creation.
#pragma once

#include <vector>

#include <loopscope/loopscope.h>

namespace loopscope::bench {

// With what is above them in the host and in libc: 16 return addresses.
inline constexpr int kDeepCalls = 12;

// Creations on a new thread.
struct Creations {
  std::vector<loopscope_site> warm_up = {};  // not measured
  std::vector<loopscope_site> sites = {};
  int each = 0;  // creations of a site, also in the warm-up
  bool settled =
      false;      // the agent gets to know the thread before the warm-up, and the thread rests behind it
  double ns = 0;  // out: a creation
};

namespace with_frame_pointers {
double ns_a_creation(Creations creations);
}
namespace without_frame_pointers {
double ns_a_creation(Creations creations);
}

}  // namespace loopscope::bench
