// Function names from the symbol tables of an ELF file (.symtab, else .dynsym). Used where there is no debug
// information, or for code that it does not describe. Loader thread.
#pragma once

#include <cstdint>
#include <vector>

#include "viewer/symbols/elf_file.h"

namespace loopscope::symbols {

class ElfSymbols {
 public:
  // Adds the functions of `file`, which must outlive this object.
  void add(const ElfFile& file);

  // The symbol whose code holds the address (a virtual address of the file), as in the file; nullptr if none:
  // the nearest one below is not good enough.
  const char* find(std::uint64_t address);

 private:
  struct Symbol {
    std::uint64_t begin;
    std::uint64_t end;  // exclusive; for a symbol without size: of its section
    const char* name;
    bool sized;
    std::uint8_t rank;  // of the aliases at one address the lowest is shown
  };

  void sort();

  std::vector<Symbol> symbols_;  // sorted by begin, one an address, on first use
  bool sorted_ = false;
};

}  // namespace loopscope::symbols
