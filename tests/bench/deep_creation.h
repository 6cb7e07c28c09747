// Creations of tasks below calls that do nothing but call, in a host with and in one without frame pointers: two
// files of the same source, compiled differently.
#pragma once

#include <loopscope/loopscope.h>

namespace loopscope::bench {

// With the benchmark above them and the beginning of its thread: 16 return addresses.
inline constexpr int kDeepCalls = 12;

namespace with_frame_pointers {
loopscope_task create_deep(loopscope_site site);
}
namespace without_frame_pointers {
loopscope_task create_deep(loopscope_site site);
}

}  // namespace loopscope::bench
