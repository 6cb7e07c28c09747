// Which loop is which: the numbers of libuv's loops, by their address. Lock-free, of fixed size; loops beyond it
// are recorded without ticks and counted.
#pragma once

#include <loopscope/loopscope.h>
#include <uv.h>

#include <cstdint>

namespace loopscope::uv {

constexpr unsigned kMaxLoops = 256;

// The loop's number, given at the first call; 0 if the table is full.
loopscope_loop loop_number(const uv_loop_t* loop, const char* name);

// The loop is gone; its address may come back as another.
void forget_loop(const uv_loop_t* loop);

// How often a loop could not be given a number.
uint32_t loops_without_number();

}  // namespace loopscope::uv
