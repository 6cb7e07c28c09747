// References that are in no memory of the process, because it gave them to the kernel: what epoll descriptors report,
// what timers send, and bytes on their way through pipes and local sockets. Added to a case while the program stands still:
// no allocation, no lock. The prover's thread, which has a table of descriptors of its own.
#pragma once

#include "agent/reach/case.h"

namespace loopscope::reach {

// `thread`: one of the program's, whose descriptors are looked at. An io_uring or an AIO context is the case's trouble:
// what the kernel holds for them it does not show.
void add_kernel_words(Case& of, int thread);

}  // namespace loopscope::reach
