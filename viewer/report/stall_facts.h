// What is to be said about one stall, looked up once for the text, the JSON and the exports so that they agree. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "viewer/base/units.h"
#include "viewer/model/trace.h"

namespace loopscope::report {

// The sample that stands for the stall: the one with most weight among those with a stack, the earliest of equal
// ones; without any stack the one with most weight. nullptr if no sample was taken.
const model::StallSample* telling_sample(const model::Stall& stall);

// The frame of a sampled stack to show as "where": the innermost with a source line outside the C, C++ and event
// loop libraries, else the innermost with a source line, else the innermost with a name,
// else the innermost. nullptr if the stack is empty.
const model::Frame* blocking_frame(const model::StallSample& sample);

// "fsync": of the telling sample; "" if the thread was in none, or nobody looked.
std::string system_call_of(const model::Stall& stall);

// "Store::save (store.cpp:71)", by the blocking frame of the telling sample; why there is none otherwise.
std::string where_text(const model::Trace& trace, const model::Stall& stall);

// "tcp 127.0.0.1:53 (fd 7) and 2 more": what ended the poll before its tick; "" if nobody told.
std::string woken_text(const model::Stall& stall);

// Whether it was this stall that the task waited for.
bool waited_because_of(const model::Stall& stall, const model::Waited& waited);

struct WaitedFor {
  std::uint64_t tasks = 0;
  Nanos total = 0;
};

// Who waited for this stall to be over, among the longest waits that the model keeps.
WaitedFor waited_for(const model::Trace& trace, const model::Stall& stall);

// "main", else "thread 4711"; "" if the trace does not know the thread.
std::string thread_name(const model::Trace& trace, std::uint32_t thread);

// How many stalls there were, kept in the model or not.
std::uint64_t stalls_in_all(const model::Trace& trace);

// How long they lasted together, kept or not.
Nanos stalled_in_all(const model::Trace& trace);

}  // namespace loopscope::report
