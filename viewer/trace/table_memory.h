// Makes the memory of a large table present before it is touched: thousands of pages at a time cost less than each
// by its own fault, and a second thread can do it. Used by BatchOpener and RowFiller.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace loopscope::trace {

// What will be filled next, of whole pages.
void make_present(std::span<const std::byte> memory);

class TableMemory {
 public:
  TableMemory() = default;

  // `pieces` were taken for `rows` rows, and are filled from the front.
  void set(std::vector<std::span<const std::byte>> pieces, std::uint64_t rows);

  // So many more rows will be filled soon. Any thread.
  void expect(std::uint64_t rows);

 private:
  std::vector<std::span<const std::byte>> pieces_;
  std::uint64_t rows_ = 0;
  std::atomic<std::uint64_t> expected_{0};
};

}  // namespace loopscope::trace
