// That this process has a loop: then it is one to record, if anybody asked for it. What follows is the policy of
// whoever links the hooks (agent/preload/policy.cpp).
#pragma once

namespace loopscope::loops {

// A loop was made or is about to run, on the calling thread. Cheap to call again.
void loop_activity();

// Whether loop_activity may still begin a recording.
bool may_begin_recording();

}  // namespace loopscope::loops
