// Pages of the usual size, on purpose: see README.md.
#include "viewer/trace/table_memory.h"

#include <algorithm>
#include <utility>

#include <sys/mman.h>

namespace loopscope::trace {
namespace {

constexpr std::uintptr_t kPage = 4096;

// Smaller tables cost nothing worth a system call.
constexpr std::size_t kLargePiece = std::size_t{16} << 20;

}  // namespace

void make_present(std::span<const std::byte> memory) {
#ifdef MADV_POPULATE_WRITE
  // Whole pages inside: they belong to this memory alone.
  const auto begin = reinterpret_cast<std::uintptr_t>(memory.data());
  const std::uintptr_t first = (begin + kPage - 1) & ~(kPage - 1);
  const std::uintptr_t end = (begin + memory.size()) & ~(kPage - 1);
  if (first >= end) return;
  // An older kernel refuses; then each page comes when it is touched.
  (void)::madvise(const_cast<std::byte*>(memory.data()) + (first - begin), end - first, MADV_POPULATE_WRITE);
#else
  (void)memory;
#endif
}

void TableMemory::set(std::vector<std::span<const std::byte>> pieces, std::uint64_t rows) {
  pieces_ = std::move(pieces);
  std::erase_if(pieces_, [](std::span<const std::byte> piece) { return piece.size() < kLargePiece; });
  rows_ = rows;
}

void TableMemory::expect(std::uint64_t rows) {
  if (pieces_.empty() || rows == 0) return;
  const std::uint64_t from = std::min(expected_.fetch_add(rows, std::memory_order_relaxed), rows_);
  const std::uint64_t to = std::min(from + rows, rows_);
  for (const std::span<const std::byte> piece : pieces_) {
    const std::uint64_t row = piece.size() / rows_;
    // Overlapping its neighbours by a page, so that no page falls between two calls.
    const std::uint64_t begin = from * row - std::min<std::uint64_t>(from * row, kPage);
    make_present(piece.subspan(begin, (to * row) - begin));
  }
}

}  // namespace loopscope::trace
