#include "viewer/symbols/elf_file.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <gelf.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace loopscope::symbols {
namespace {

// No toolchain writes more debug information than this, and a compressed section may claim any size.
constexpr std::uint64_t kMaxUncompressedBytes = std::uint64_t{4} << 30;

// Programs and libraries only: addresses in an object file mean nothing before relocation.
bool is_loadable(Elf* elf) {
  GElf_Ehdr header;
  return elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &header) != nullptr &&
         (header.e_type == ET_EXEC || header.e_type == ET_DYN);
}

}  // namespace

ElfFile::ElfFile(Elf* elf, int fd, std::string path, std::int64_t modified_unix_ns)
    : elf_(elf), fd_(fd), path_(std::move(path)), modified_unix_ns_(modified_unix_ns) {}

ElfFile::~ElfFile() {
  elf_end(elf_);
  if (fd_ >= 0) close(fd_);
}

std::unique_ptr<ElfFile> ElfFile::open(const std::string& path, std::string& problem) {
  if (path.empty() || path[0] != '/') {
    problem = "its file is not known";
    return nullptr;
  }
  // Not blocking, in case it is a pipe.
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    problem = errno == ENOENT ? "file is gone" : std::string("file cannot be read: ") + std::strerror(errno);
    return nullptr;
  }
  struct stat status;
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    problem = "not a regular file";
    close(fd);
    return nullptr;
  }
  elf_version(EV_CURRENT);
  Elf* elf = elf_begin(fd, ELF_C_READ_MMAP, nullptr);
  if (elf == nullptr || !is_loadable(elf)) {
    problem = "not an ELF program or library";
    elf_end(elf);
    close(fd);
    return nullptr;
  }
  std::int64_t modified = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  return std::unique_ptr<ElfFile>(new ElfFile(elf, fd, path, modified));
}

std::unique_ptr<ElfFile> ElfFile::own_vdso() {
  auto* image = reinterpret_cast<char*>(getauxval(AT_SYSINFO_EHDR));
  if (image == nullptr || sizeof(void*) != 8) return nullptr;
  // The kernel's own image: its section headers come last.
  Elf64_Ehdr header;
  std::memcpy(&header, image, sizeof header);
  std::size_t size = header.e_shoff + std::size_t{header.e_shentsize} * header.e_shnum;
  elf_version(EV_CURRENT);
  Elf* elf = elf_memory(image, size);
  if (elf == nullptr || !is_loadable(elf)) {
    elf_end(elf);
    return nullptr;
  }
  return std::unique_ptr<ElfFile>(new ElfFile(elf, -1, "[vdso]", 0));
}

std::string ElfFile::build_id() const {
  const void* bytes = nullptr;
  ssize_t length = dwelf_elf_gnu_build_id(elf_, &bytes);
  std::string hex;
  if (length <= 0 || length > 64) return hex;
  static constexpr char kDigits[] = "0123456789abcdef";
  for (ssize_t i = 0; i < length; ++i) {
    unsigned byte = static_cast<const unsigned char*>(bytes)[i];
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

bool ElfFile::debug_link(std::string& name, std::uint32_t& crc) const {
  GElf_Word stored = 0;
  const char* file = dwelf_elf_gnu_debuglink(elf_, &stored);
  if (file == nullptr) return false;
  name = file;
  crc = stored;
  return true;
}

bool ElfFile::has_debug_info() const {
  std::size_t names = 0;
  if (elf_getshdrstrndx(elf_, &names) != 0) return false;
  bool found = false;
  std::uint64_t uncompressed = 0;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type == SHT_NOBITS) continue;
    const char* name = elf_strptr(elf_, names, header.sh_name);
    if (name == nullptr) continue;
    std::string_view title = name;
    found |= title == ".debug_info" || title == ".zdebug_info";
    GElf_Chdr compression;
    if ((header.sh_flags & SHF_COMPRESSED) != 0 && gelf_getchdr(section, &compression) != nullptr) {
      if (compression.ch_size > kMaxUncompressedBytes - uncompressed) return false;
      uncompressed += compression.ch_size;
    }
  }
  return found;
}

}  // namespace loopscope::symbols
