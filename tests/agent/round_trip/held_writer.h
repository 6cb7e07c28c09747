// The agent's writer thread stood still, so that a program outruns it whatever the machine does.
#pragma once

#include <sys/types.h>

namespace loopscope::round_trip {

class HeldWriter {
 public:
  // Call with nothing left to write and no epoch near: the writer must hold no lock that others wait for.
  HeldWriter();
  ~HeldWriter() { release(); }
  HeldWriter(const HeldWriter&) = delete;
  HeldWriter& operator=(const HeldWriter&) = delete;

  // False where threads cannot be traced.
  bool held() const { return held_; }
  void release();

 private:
  pid_t tracer_ = -1;
  int to_tracer_ = -1;
  bool held_ = false;
};

}  // namespace loopscope::round_trip
