// A file's bytes, mapped read-only for as long as this lives. Called by whoever reads traces.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "viewer/base/result.h"

namespace loopscope::trace {

class MappedFile {
 public:
  // Errors: missing, not readable, not a regular file, empty.
  static Result<MappedFile> open(const std::string& path);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }

  // Little of it will be read, here and there: what lies between need not come from the disk.
  void expect_scattered_reads();
  // These bytes will hardly be read again; their memory goes back. They stay readable.
  void forget(std::span<const std::byte> part) const;

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

}  // namespace loopscope::trace
