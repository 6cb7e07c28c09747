// Keeps libunwind away from the dynamic linker's lock. It asks dl_iterate_phdr for the code that it has not seen before,
// and would wait there, on a host's thread, for whoever loads a library or walks the list; the answer given here takes no
// lock. Called once, where unwinding is prepared.
#pragma once

namespace loopscope::stack {

// `library`: libunwind's handle, of which the calls are turned to us. False if that cannot be done safely here (an older
// libc, another libunwind): then it goes on asking the dynamic linker.
bool answer_for_the_loader(void* library);

}  // namespace loopscope::stack
