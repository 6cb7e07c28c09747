// From a task's number in the trace to its index in the table. Numbers come from per-thread blocks, so they are
// dense in pages of 1024; a trace that spreads them out costs a hash entry each instead of a page each. Used by
// TaskTable only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <unordered_map>
#include <vector>

namespace loopscope::model {

class TaskNumbers {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  // kNone if it was never added.
  std::uint32_t find(std::uint64_t number) const {
    const std::uint64_t offset = (number >> kPageBits) - first_page_;
    if (offset < directory_.size() && directory_[offset] != kNone) {
      const std::uint32_t index = slots_[slot(directory_[offset], number)];
      if (index != kNone) return index;
    }
    return sparse_.empty() ? kNone : find_sparse(number);
  }

  // False, and nothing changes, if the number is there already.
  bool add(std::uint64_t number, std::uint32_t index) {
    const std::uint64_t offset = (number >> kPageBits) - first_page_;
    if (offset >= directory_.size() || directory_[offset] == kNone || !sparse_.empty()) {
      return add_rarely(number, index);
    }
    std::uint32_t& at = slots_[slot(directory_[offset], number)];
    if (at != kNone) return false;
    at = index;
    ++size_;
    return true;
  }

  void reserve(std::size_t numbers);
  std::span<const std::uint32_t> reserved() const { return {slots_.data(), slots_.capacity()}; }

 private:
  static constexpr int kPageBits = 10;
  static constexpr std::size_t kPageSize = std::size_t{1} << kPageBits;

  static std::size_t slot(std::uint32_t page, std::uint64_t number) {
    return page * kPageSize + (number & (kPageSize - 1));
  }
  std::uint32_t find_sparse(std::uint64_t number) const;
  bool add_rarely(std::uint64_t number, std::uint32_t index);
  bool add_page(std::uint64_t offset);

  std::uint64_t first_page_ = 0;
  std::vector<std::uint32_t> directory_;  // by page of numbers: which page of slots
  std::vector<std::uint32_t> slots_;
  std::unordered_map<std::uint64_t, std::uint32_t> sparse_;
  std::size_t size_ = 0;
};

}  // namespace loopscope::model
