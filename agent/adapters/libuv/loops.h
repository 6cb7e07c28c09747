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

// A program that runs a loop is one to record: called whenever a loop is made or run. What follows from that is
// the policy of whoever links the hooks (agent/preload/policy.cpp).
void loop_activity();

}  // namespace loopscope::uv
