// 64-bit numbers of those few tasks (or intervals) for which the 32 bits of a record are too few, in blocks of 64: a
// block costs nothing until one of its tasks needs it. Used by TaskTable and IntervalRow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace loopscope::model {

class WideNumbers {
 public:
  void set(std::uint32_t task, std::int64_t number);
  // Precondition: it was set.
  std::int64_t operator[](std::uint32_t task) const {
    return numbers_[first_of_block_[task / kBlock] * kBlock + task % kBlock];
  }

 private:
  static constexpr std::size_t kBlock = 64;
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  std::vector<std::uint32_t> first_of_block_;  // by task / kBlock: which block of numbers_
  std::vector<std::int64_t> numbers_;
};

}  // namespace loopscope::model
