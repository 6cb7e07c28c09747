#include "viewer/symbols/elf_symbols.h"

#include <gelf.h>

#include <algorithm>

namespace loopscope::symbols {
namespace {

// `read` before `__read`, exported before local.
std::uint8_t rank_of(const GElf_Sym& symbol, const char* name) {
  unsigned underscores = 0;
  while (underscores < 8 && name[underscores] == '_') ++underscores;
  unsigned binding = GELF_ST_BIND(symbol.st_info) == STB_GLOBAL ? 0
                     : GELF_ST_BIND(symbol.st_info) == STB_WEAK ? 1
                                                                : 2;
  return static_cast<std::uint8_t>(binding * 16 + underscores);
}

}  // namespace

void ElfSymbols::add(const ElfFile& file) {
  Elf* elf = file.handle();
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr table;
    if (gelf_getshdr(section, &table) == nullptr) continue;
    if (table.sh_type != SHT_SYMTAB && table.sh_type != SHT_DYNSYM) continue;
    Elf_Data* data = elf_getdata(section, nullptr);
    if (data == nullptr || data->d_buf == nullptr || table.sh_entsize == 0) continue;
    std::size_t count = std::min<std::size_t>(data->d_size / table.sh_entsize, INT32_MAX);
    for (std::size_t i = 1; i < count; ++i) {
      GElf_Sym symbol;
      if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) break;
      if (symbol.st_shndx == SHN_UNDEF || symbol.st_value == 0) continue;
      int type = GELF_ST_TYPE(symbol.st_info);
      if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE) continue;
      const char* name = elf_strptr(elf, table.sh_link, symbol.st_name);
      if (name == nullptr || *name == '\0') continue;
      GElf_Shdr home{};
      bool in_section =
          symbol.st_shndx < SHN_LORESERVE && gelf_getshdr(elf_getscn(elf, symbol.st_shndx), &home) != nullptr;
      if (type == STT_NOTYPE && (!in_section || (home.sh_flags & SHF_EXECINSTR) == 0)) continue;
      bool sized = symbol.st_size != 0;
      std::uint64_t limit = in_section ? home.sh_addr + home.sh_size : symbol.st_value + symbol.st_size;
      std::uint64_t end = sized ? symbol.st_value + symbol.st_size : limit;
      if (end <= symbol.st_value) continue;
      symbols_.push_back({symbol.st_value, end, name, sized, rank_of(symbol, name)});
    }
  }
  sorted_ = false;
}

const char* ElfSymbols::find(std::uint64_t address) {
  if (!sorted_) sort();
  auto after =
      std::upper_bound(symbols_.begin(), symbols_.end(), address,
                       [](std::uint64_t value, const Symbol& symbol) { return value < symbol.begin; });
  // Usually the one before; a few steps more for a function that has labels inside.
  const char* unsized = nullptr;
  for (int steps = 0; after != symbols_.begin() && steps < 16; ++steps) {
    --after;
    if (address >= after->end) continue;
    if (after->sized) return after->name;
    // A symbol without size reaches to the next symbol only.
    if (steps == 0) unsized = after->name;
  }
  return unsized;
}

void ElfSymbols::sort() {
  // Sized ones first at equal addresses: they know where they end.
  std::sort(symbols_.begin(), symbols_.end(), [](const Symbol& a, const Symbol& b) {
    if (a.begin != b.begin) return a.begin < b.begin;
    if (a.sized != b.sized) return a.sized;
    return a.rank < b.rank;
  });
  auto same_begin = [](const Symbol& a, const Symbol& b) { return a.begin == b.begin; };
  symbols_.erase(std::unique(symbols_.begin(), symbols_.end(), same_begin), symbols_.end());
  sorted_ = true;
}

}  // namespace loopscope::symbols
