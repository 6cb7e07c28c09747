// Which source line samples of stacks point at: they are merged from the outermost frame inwards, along whatever has most
// of the weight. Pure, any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

struct LineShare {
  model::Frame frame;
  Nanos weight = 0;
};

struct Blame {
  // The blamed line first, then its callers; of the samples that agree, the heaviest. Empty if there are no stacks.
  std::vector<model::Frame> stack;
  // Of the blamed function, heaviest first, at most kMostLines.
  std::vector<LineShare> lines;
  Nanos weight = 0;    // of all samples with a stack
  double samples = 0;  // of equal weight that would tell as much: square of the sum by sum of the squares

  static constexpr std::size_t kMostLines = 5;
};

// The deepest function on the way inwards in which at least half of what its caller had was spent, and which is the
// user's own: with a source line and in no library; where nothing has a line, with a name. In it, the heaviest line.
Blame blame_of(std::span<const model::StallSample* const> samples);

// Whether both are the same function, whatever the line.
bool same_function(const model::Frame& a, const model::Frame& b);

}  // namespace loopscope::detect
