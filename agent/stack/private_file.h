// A file in a table of descriptors that only the calling thread has. Sanitizers take descriptors for the whole process's,
// so they are not asked: the kernel is.
#pragma once

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace loopscope::stack {

class PrivateFile {
 public:
  PrivateFile() = default;
  ~PrivateFile() { close(); }
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;

  // For reading. `folder`: a descriptor, or AT_FDCWD.
  bool open(int folder, const char* path, int more_flags = 0) {
    close();
    number_ = static_cast<int>(syscall(SYS_openat, folder, path, O_RDONLY | O_CLOEXEC | more_flags));
    return is_open();
  }
  void close() {
    if (is_open()) syscall(SYS_close, number_);
    number_ = -1;
  }
  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }

  // How many bytes there were from `offset` on, at most `bytes`; 0 if none could be read.
  std::size_t read(std::uint64_t offset, void* to, std::size_t bytes) const {
    const long got = is_open() ? syscall(SYS_pread64, number_, to, bytes, offset) : -1;
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }

 private:
  int number_ = -1;
};

}  // namespace loopscope::stack
