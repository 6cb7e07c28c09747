// Stalls for tests of detectors: stacks in a few words, innermost frame first, and the samples that have them.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/trace_builder.h"
#include "viewer/model/trace.h"

namespace loopscope::testing {

inline model::Frame own(std::string function, std::string file, std::uint32_t line) {
  model::Frame frame;
  frame.address = 0x1000 + line;
  frame.function = std::move(function);
  frame.file = std::move(file);
  frame.line = line;
  frame.module = "server";
  return frame;
}

inline model::Frame of_library(std::string function, std::string module = "libc.so.6") {
  model::Frame frame;
  frame.address = 0x7000;
  frame.function = std::move(function);
  frame.module = std::move(module);
  frame.library = true;
  return frame;
}

using Stack = std::vector<model::Frame>;

inline model::StallSample sample(Time at, Nanos weight, Stack stack, std::string cause = "running",
                                 int system_call = -1) {
  model::StallSample made;
  made.at = at;
  made.weight = weight;
  made.stack = std::move(stack);
  made.cause = std::move(cause);
  made.system_call = system_call;
  return made;
}

// A stall of that task on the first loop, watched, with one sample of its whole weight.
inline model::Stall a_stall(Time begin, Nanos duration, Stack stack, std::string cause = "running",
                            int system_call = -1) {
  model::Stall stall;
  stall.begin = begin;
  stall.duration = duration;
  stall.loop = 0;
  stall.task = 0;
  stall.cause = cause;
  stall.cpu = duration;
  stall.samples = {sample(begin + duration / 2, duration, std::move(stack), std::move(cause), system_call)};
  return stall;
}

// A server's loop of ten seconds whose first task (index 0) was created at server.cpp:7.
inline TraceBuilder a_server() {
  TraceBuilder builder;
  builder.lasting(10 * kSecond)
      .with_loop()
      .with_ticks(997, every(10 * kMillisecond), 5 * kMillisecond, kMillisecond)
      .with_site("uv_timer", "server.cpp", 7, 0, "start")
      .with_task(created_at(kMillisecond).ran(2 * kMillisecond, kMillisecond));
  builder.raw().watched = true;
  return builder;
}

// Longest first, as a reader gives them.
inline model::Trace with_stalls(TraceBuilder& builder, std::vector<model::Stall> stalls) {
  builder.raw().stalls = std::move(stalls);
  builder.raw().stalls_total = builder.raw().stalls.size();
  return builder.build();
}

}  // namespace loopscope::testing
