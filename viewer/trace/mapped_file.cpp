// open, fstat, mmap.
#include "viewer/trace/mapped_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace loopscope::trace {
namespace {

constexpr const char* kHowToRecord = "record one with: loopscope record -- PROGRAM";

Error not_opened(const std::string& path, int error) {
  return {error == ENOENT ? "no such file" : std::string("cannot be opened: ") + std::strerror(error), path,
          error == ENOENT ? kHowToRecord : ""};
}

Result<MappedFile> not_mapped(const std::string& path, int error) {
  return Error{std::string("cannot be read: ") + std::strerror(error), path, ""};
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::string& path) {
  // Opening a pipe must not wait for its writer.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return not_opened(path, errno);
  struct stat status {};
  if (::fstat(file, &status) != 0) {
    const int error = errno;
    ::close(file);
    return not_mapped(path, error);
  }
  if (S_ISDIR(status.st_mode)) {
    ::close(file);
    return Error{"is a directory", path, "name the trace file in it"};
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(file);
    return Error{"is not a regular file", path, "copy it to one first"};
  }
  if (status.st_size == 0) {
    ::close(file);
    return Error{"is empty", path, "nothing was recorded; was the disk full?"};
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  void* memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  const int error = errno;
  ::close(file);
  if (memory == MAP_FAILED) return not_mapped(path, error);
  return MappedFile({static_cast<const std::byte*>(memory), size});
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void MappedFile::expect_scattered_reads() {
  // Advice: if it is refused, reading is only slower.
  (void)::madvise(const_cast<std::byte*>(bytes_.data()), bytes_.size(), MADV_RANDOM);
}

void MappedFile::forget(std::span<const std::byte> part) const {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const std::uintptr_t map = reinterpret_cast<std::uintptr_t>(bytes_.data());
  const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(part.data());
  if (begin < map || part.size() > bytes_.size() - std::min<std::size_t>(begin - map, bytes_.size())) return;
  // Whole pages, also those that others have a part in: they are read from the file again then.
  const std::uintptr_t first = begin & ~(page - 1);
  (void)::madvise(const_cast<std::byte*>(bytes_.data()) + (first - map), begin + part.size() - first,
                  MADV_DONTNEED);
}

}  // namespace loopscope::trace
