// This process's memory, read so that an address that is not there is an error and no crash. Watchdog thread, whose
// table of file descriptors holds the file behind it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "agent/stack/private_file.h"

namespace loopscope::stack {

class OwnMemory {
 public:
  // False if the kernel does not let the process read itself (/proc is missing).
  bool open() { return file_.open(AT_FDCWD, "/proc/self/mem"); }

  // How many bytes from `address` on could be read; less than `bytes` if the rest is not there.
  std::size_t read(std::uint64_t address, void* to, std::size_t bytes) const {
    return file_.read(address, to, bytes);
  }

  // One aligned word of what does not change (code and its unwind tables): from a page read before, if it was.
  bool read_constant(std::uint64_t address, std::uint64_t& word);

  // Code was loaded or unloaded: nothing is known any more.
  void forget_constants();

 private:
  static constexpr std::size_t kPageBytes = 4096;
  static constexpr std::size_t kPages = 64;
  struct Page {
    std::uint64_t address = UINT64_MAX;
    std::uint64_t words[kPageBytes / 8];
  };

  PrivateFile file_;
  std::array<Page, kPages> pages_;
};

}  // namespace loopscope::stack
