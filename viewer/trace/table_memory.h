// Makes the memory of a large table present before it is touched: thousands of pages at a time cost less than each
// by its own fault, and a second thread can do it. Used by BatchOpener.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

namespace loopscope::trace {

// Memory that will be filled soon: told by the thread that fills it, made present by one that has time.
class ComingMemory {
 public:
  void add(std::span<const std::byte> memory);
  void make_present();

 private:
  std::mutex mutex_;
  std::vector<std::span<const std::byte>> pieces_;
};

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
