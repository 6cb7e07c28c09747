#include "viewer/cli/record_elf.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace loopscope::cli {
namespace {

constexpr std::size_t kMaxHeaders = 1024;
constexpr std::size_t kMaxDynamicBytes = 1 << 20;
constexpr std::size_t kMaxNeeded = 4096;

class File {
 public:
  explicit File(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_regular() const {
    struct stat status;
    return fd_ >= 0 && fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
  }

  bool read_at(std::uint64_t offset, void* into, std::size_t bytes) const {
    return offset <= INT64_MAX &&
           pread(fd_, into, bytes, static_cast<off_t>(offset)) == static_cast<ssize_t>(bytes);
  }

  // At most `bytes`; what is there.
  std::string text_at(std::uint64_t offset, std::size_t bytes) const {
    std::string text(bytes, '\0');
    ssize_t got = offset <= INT64_MAX ? pread(fd_, text.data(), bytes, static_cast<off_t>(offset)) : 0;
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text.substr(0, text.find('\0'));
  }

 private:
  int fd_;
};

template <class Header, class Segment>
bool has_interpreter(const File& file) {
  Header header;
  if (!file.read_at(0, &header, sizeof header) || header.e_phentsize != sizeof(Segment)) return false;
  for (std::size_t i = 0; i < header.e_phnum && i < kMaxHeaders; ++i) {
    Segment segment;
    if (!file.read_at(header.e_phoff + i * sizeof segment, &segment, sizeof segment)) return false;
    if (segment.p_type == PT_INTERP) return true;
  }
  return false;
}

std::vector<Elf64_Phdr> segments_of(const File& file) {
  std::vector<Elf64_Phdr> segments;
  Elf64_Ehdr header;
  if (!file.read_at(0, &header, sizeof header) || header.e_phentsize != sizeof(Elf64_Phdr)) return segments;
  for (std::size_t i = 0; i < header.e_phnum && i < kMaxHeaders; ++i) {
    Elf64_Phdr segment;
    if (!file.read_at(header.e_phoff + i * sizeof segment, &segment, sizeof segment)) break;
    segments.push_back(segment);
  }
  return segments;
}

// Where the loaded address lies in the file; 0 if nowhere.
std::uint64_t file_offset(const std::vector<Elf64_Phdr>& segments, std::uint64_t address) {
  for (const Elf64_Phdr& segment : segments) {
    bool inside = segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
                  address - segment.p_vaddr < segment.p_filesz;
    if (inside) return segment.p_offset + (address - segment.p_vaddr);
  }
  return 0;
}

std::vector<std::string> needed_libraries(const File& file) {
  std::vector<std::string> needed;
  std::vector<Elf64_Phdr> segments = segments_of(file);
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_DYNAMIC || segment.p_filesz > kMaxDynamicBytes) continue;
    std::vector<Elf64_Dyn> entries(segment.p_filesz / sizeof(Elf64_Dyn));
    if (!file.read_at(segment.p_offset, entries.data(), entries.size() * sizeof(Elf64_Dyn))) continue;
    std::uint64_t strings = 0;
    for (const Elf64_Dyn& entry : entries) {
      if (entry.d_tag == DT_STRTAB) strings = file_offset(segments, entry.d_un.d_ptr);
    }
    for (const Elf64_Dyn& entry : entries) {
      if (strings == 0 || needed.size() == kMaxNeeded || entry.d_tag == DT_NULL) break;
      if (entry.d_tag == DT_NEEDED) needed.push_back(file.text_at(strings + entry.d_un.d_val, 256));
    }
  }
  return needed;
}

}  // namespace

bool read_elf_facts(const std::string& path, ElfFacts& facts) {
  File file(path);
  // Both layouts agree up to e_machine.
  Elf64_Ehdr header{};
  if (!file.is_regular()) return false;
  if (!file.read_at(0, &header, offsetof(Elf64_Ehdr, e_version))) return true;  // too short to be one
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return true;
  facts.is_elf = true;
  facts.elf_class = header.e_ident[EI_CLASS];
  facts.byte_order = header.e_ident[EI_DATA];
  facts.machine = header.e_machine;
  bool wide = facts.elf_class == ELFCLASS64;
  facts.has_interpreter =
      wide ? has_interpreter<Elf64_Ehdr, Elf64_Phdr>(file) : has_interpreter<Elf32_Ehdr, Elf32_Phdr>(file);
  if (wide) facts.needed = needed_libraries(file);
  return true;
}

std::string machine_name(const ElfFacts& facts) {
  switch (facts.machine) {
    case EM_X86_64: return facts.elf_class == ELFCLASS64 ? "x86-64" : "x32";
    case EM_386: return "32-bit x86";
    case EM_AARCH64: return "64-bit ARM";
    case EM_ARM: return "32-bit ARM";
    case EM_RISCV: return "RISC-V";
    case EM_PPC64: return "POWER";
    case EM_S390: return "s390";
    default: return "machine type " + std::to_string(facts.machine);
  }
}

}  // namespace loopscope::cli
