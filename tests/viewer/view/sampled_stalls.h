// A trace with stalls for tests of what shows them.
#pragma once

#include "viewer/model/trace.h"

namespace loopscope::view {

// Of 5 s, one loop, "1 libuv main". Stalls: [0] 307 ms at 1009 ms by task 2: 47 ms in pack(), called by on_timer() and by
// itself, 260 ms in fsync() of Store::save() (store.cpp:71). [1] 101 ms at 4899 ms, a tick that nobody sampled and that
// never ended. [2] 53 ms at 2003 ms by task 1: 20 ms in pack() at line 9, 33 ms at line 11. Tasks 3 (401 ms in two
// stalls) and 4 (94 ms) waited.
model::Trace sampled_stalls();

}  // namespace loopscope::view
