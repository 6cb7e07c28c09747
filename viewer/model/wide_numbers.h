// 64-bit numbers of those few tasks (or intervals) that have one beside their record, because its 32 bits are too few or
// it has no place for them, in blocks of 64: a block costs nothing until one of its tasks needs it. Used by TaskTable and
// IntervalRow.
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
  // 0 if it was not set.
  std::int64_t find(std::uint32_t task) const {
    const std::size_t block = task / kBlock;
    return block < first_of_block_.size() && first_of_block_[block] != kNone ? (*this)[task] : 0;
  }

 private:
  static constexpr std::size_t kBlock = 64;
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  std::vector<std::uint32_t> first_of_block_;  // by task / kBlock: which block of numbers_
  std::vector<std::int64_t> numbers_;
};

}  // namespace loopscope::model
