// One open ELF file: program, library or separate debug file. Opened by module_names and debug_file; everything
// that libelf and libdw hand out lives as long as this object. Loader thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

struct Elf;

namespace loopscope::symbols {

class ElfFile {
 public:
  // nullptr with `problem` in words ("file is gone", "not an ELF file"...). Only regular files are opened:
  // the path comes from a trace and may name a device or a pipe.
  static std::unique_ptr<ElfFile> open(const std::string& path, std::string& problem);

  // The vdso that the kernel mapped into this process; nullptr if there is none.
  static std::unique_ptr<ElfFile> own_vdso();

  ~ElfFile();
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;

  Elf* handle() const { return elf_; }
  const std::string& path() const { return path_; }
  std::int64_t modified_unix_ns() const { return modified_unix_ns_; }

  // Lower-case hex; "" if it has none.
  std::string build_id() const;

  // What .gnu_debuglink says. False if there is none.
  bool debug_link(std::string& name, std::uint32_t& crc) const;

  // Has sections that libdw reads, none of them unreasonably compressed.
  bool has_debug_info() const;

 private:
  ElfFile(Elf* elf, int fd, std::string path, std::int64_t modified_unix_ns);

  Elf* elf_;
  int fd_;  // -1 for memory
  std::string path_;
  std::int64_t modified_unix_ns_;
};

}  // namespace loopscope::symbols
