// The few facts about an ELF file that decide whether a library can be preloaded into it. Called by record_target
// before the program is started. The file is untrusted: all offsets are checked against its size.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace loopscope::cli {

struct ElfFacts {
  bool is_elf = false;
  std::uint8_t elf_class = 0;  // ELFCLASS32, ELFCLASS64
  std::uint8_t byte_order = 0;
  std::uint16_t machine = 0;        // EM_...
  bool has_interpreter = false;     // else static
  std::vector<std::string> needed;  // sonames it links, of 64-bit files
};

// False if the file cannot be read.
bool read_elf_facts(const std::string& path, ElfFacts& facts);

// "x86-64", "32-bit ARM"...
std::string machine_name(const ElfFacts& facts);

}  // namespace loopscope::cli
