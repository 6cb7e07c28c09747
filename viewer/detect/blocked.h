// What stalls at one place cost: the parts that blocking-span, blocking-call and congestion have in common. Pure, any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/detect/finding.h"
#include "viewer/detect/limits.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

// Stalls of one trace that are one finding, longest first.
struct Blocked {
  std::vector<const model::Stall*> stalls;
  Nanos total = 0;
  Nanos worst = 0;

  // Longest first, as trace.stalls are.
  void add(const model::Stall& stall);
};

// Who waited, by who held the loop.
class Waits {
 public:
  explicit Waits(const model::Trace& trace);

  struct Sum {
    std::uint64_t tasks = 0;
    Nanos total = 0;
    Nanos worst = 0;
    std::vector<WaitingTask> longest;  // longest first, at most kMaxExamples
  };
  Sum of(const Blocked& blocked) const;

 private:
  std::unordered_map<model::TaskIndex, std::vector<const model::Waited*>> by_blocker_;
};

// By the worst of them and by their share of the loops' time.
Severity severity_of(const Blocked& blocked, const model::Trace& trace, const Limits& limits);

// The places of the stalls in trace.stalls.
std::vector<std::uint32_t> numbers_of(const Blocked& blocked, const model::Trace& trace);

// Fills severity, evidence (how much, how often), period, count, price, stalls, the tasks that blocked and those that
// waited.
void tell_cost(const Blocked& blocked, const Waits& waits, const model::Trace& trace, const Limits& limits,
               Finding& finding);

// "for 101 ms", "up to 101 ms, 7 times, 512 ms in all".
std::string length_text(const Blocked& blocked);

}  // namespace loopscope::detect
