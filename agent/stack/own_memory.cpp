#include "agent/stack/own_memory.h"

#include <fcntl.h>
#include <unistd.h>

namespace loopscope::stack {

OwnMemory::~OwnMemory() {
  if (file_ >= 0) close(file_);
}

bool OwnMemory::open() {
  file_ = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  return file_ >= 0;
}

std::size_t OwnMemory::read(std::uint64_t address, void* to, std::size_t bytes) const {
  const ssize_t got = pread(file_, to, bytes, static_cast<off_t>(address));
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

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
