#include "viewer/model/wide_numbers.h"

namespace loopscope::model {

void WideNumbers::set(std::uint32_t task, std::int64_t number) {
  const std::size_t block = task / kBlock;
  if (block >= first_of_block_.size()) first_of_block_.resize(block + 1, kNone);
  if (first_of_block_[block] == kNone) {
    first_of_block_[block] = static_cast<std::uint32_t>(numbers_.size() / kBlock);
    numbers_.resize(numbers_.size() + kBlock);
  }
  numbers_[first_of_block_[block] * kBlock + task % kBlock] = number;
}

}  // namespace loopscope::model
