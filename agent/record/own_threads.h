// The agent's own threads, by number: what they do is none of the program's business. Told by each of them when it
// begins and ends; asked by whoever looks at all threads. Any thread; lock-free.
#pragma once

namespace loopscope::record {

// On the thread itself.
void own_thread_begins();
void own_thread_ends();

bool is_own_thread(int tid);

// In a forked child, which has none.
void forget_own_threads();

}  // namespace loopscope::record
