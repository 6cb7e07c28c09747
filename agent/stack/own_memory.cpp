#include "agent/stack/own_memory.h"

namespace loopscope::stack {

bool OwnMemory::read_constant(std::uint64_t address, std::uint64_t& word) {
  const std::uint64_t at = address & ~std::uint64_t{kPageBytes - 1};
  Page& page = pages_[at / kPageBytes % kPages];
  if (page.address != at) {
    page.address = UINT64_MAX;
    if (read(at, page.words, kPageBytes) != kPageBytes) return false;
    page.address = at;
  }
  word = page.words[address % kPageBytes / 8];
  return true;
}

void OwnMemory::forget_constants() {
  for (Page& page : pages_) page.address = UINT64_MAX;
}

}  // namespace loopscope::stack
