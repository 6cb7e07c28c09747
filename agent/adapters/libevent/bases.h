// Which loop is which: the numbers of libevent's bases, by their address. Lock-free, of fixed size; bases beyond it are
// recorded without ticks. libevent lets one thread at a time run a base.
#pragma once

#include <loopscope/loopscope.h>

struct event_base;

namespace loopscope::libevent {

constexpr unsigned kMaxBases = 256;

// The base's number, given at the first call; 0 if the table is full.
loopscope_loop loop_number(const event_base* base);

// The base is gone; its address may come back as another.
void forget_base(const event_base* base);

}  // namespace loopscope::libevent
