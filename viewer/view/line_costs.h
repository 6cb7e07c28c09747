// What lines of source cost: stalled time and tasks, by file and line. Made once a trace and off the frame, looked up in
// it. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/trace.h"

namespace loopscope::view {

struct LineCost {
  std::uint32_t line = 0;     // from 1
  Nanos self = 0;             // of samples of stalls that are blamed on it
  Nanos total = 0;            // of samples that have it anywhere in their stack, once each
  std::uint64_t samples = 0;  // that are blamed on it
  std::uint64_t created = 0;  // tasks of sites that are shown there
  std::uint64_t pending = 0;
};

struct FileCosts {
  std::vector<LineCost> lines;  // in their order, those that cost something
  Nanos most_self = 0;          // of one line
  Nanos most_total = 0;

  // nullptr if that line costs nothing. O(log n).
  const LineCost* at(std::uint32_t line) const;
};

class LineCosts {
 public:
  explicit LineCosts(const model::Trace& trace);

  // By the name that the debug information has for the file; no lines if it is in no stack.
  const FileCosts& of(const std::string& file) const;

 private:
  std::unordered_map<std::string, FileCosts> files_;
};

}  // namespace loopscope::view
