#include "viewer/symbols/plt_names.h"

#include <gelf.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "viewer/symbols/demangle.h"

namespace loopscope::symbols {
namespace {

struct Section {
  Elf_Scn* handle = nullptr;
  GElf_Shdr header{};
};

// Visits sections until one is accepted.
template <class Accept>
std::optional<Section> find_section(Elf* elf, Accept accept) {
  Section section;
  while ((section.handle = elf_nextscn(elf, section.handle)) != nullptr) {
    if (gelf_getshdr(section.handle, &section.header) != nullptr && accept(section)) return section;
  }
  return std::nullopt;
}

std::string_view name_of(Elf* elf, const Section& section) {
  std::size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return {};
  const char* name = elf_strptr(elf, names, section.header.sh_name);
  return name == nullptr ? std::string_view() : name;
}

std::string symbol_of(Elf* elf, const Section& relocations, const GElf_Rela& relocation) {
  Elf_Scn* table = elf_getscn(elf, relocations.header.sh_link);
  GElf_Shdr header;
  if (table == nullptr || gelf_getshdr(table, &header) == nullptr) return {};
  std::uint64_t index = GELF_R_SYM(relocation.r_info);
  GElf_Sym symbol;
  if (index == 0 || index > INT32_MAX) return {};
  if (gelf_getsym(elf_getdata(table, nullptr), static_cast<int>(index), &symbol) == nullptr) return {};
  const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
  return name == nullptr ? std::string() : name;
}

// What the loader writes at `slot`.
std::string symbol_by_slot(Elf* elf, std::uint64_t slot) {
  std::string name;
  find_section(elf, [&](const Section& section) {
    if (section.header.sh_type != SHT_RELA || section.header.sh_entsize == 0) return false;
    Elf_Data* data = elf_getdata(section.handle, nullptr);
    if (data == nullptr) return false;
    std::size_t count = std::min<std::size_t>(data->d_size / section.header.sh_entsize, INT32_MAX);
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Rela relocation;
      if (gelf_getrela(data, static_cast<int>(i), &relocation) == nullptr) break;
      if (relocation.r_offset != slot) continue;
      name = symbol_of(elf, section, relocation);
      return true;
    }
    return false;
  });
  return name;
}

std::string symbol_by_number(Elf* elf, std::int32_t number) {
  std::optional<Section> relocations = find_section(elf, [&](const Section& section) {
    return section.header.sh_type == SHT_RELA && name_of(elf, section) == ".rela.plt";
  });
  GElf_Rela relocation;
  if (!relocations) return {};
  Elf_Data* data = elf_getdata(relocations->handle, nullptr);
  if (gelf_getrela(data, number, &relocation) == nullptr) return {};
  return symbol_of(elf, *relocations, relocation);
}

}  // namespace

std::string plt_name(const ElfFile& file, std::uint64_t address) {
  Elf* elf = file.handle();
  GElf_Ehdr machine;
  if (gelf_getehdr(elf, &machine) == nullptr || machine.e_machine != EM_X86_64) return {};
  std::optional<Section> plt = find_section(elf, [&](const Section& section) {
    return section.header.sh_type == SHT_PROGBITS && address >= section.header.sh_addr &&
           address - section.header.sh_addr < section.header.sh_size;
  });
  // .plt, .plt.got, .plt.sec
  if (!plt || !name_of(elf, *plt).starts_with(".plt")) return {};
  Elf_Data* data = elf_getdata(plt->handle, nullptr);
  if (data == nullptr || data->d_buf == nullptr) return {};
  std::uint64_t stub_bytes = plt->header.sh_entsize == 8 ? 8 : 16;
  std::uint64_t start = (address - plt->header.sh_addr) / stub_bytes * stub_bytes;
  if (start > data->d_size || data->d_size - start < stub_bytes) return {};

  // endbr64 and bnd may come first. Then the stub jumps through a slot, jmp *slot(%rip), unless that jump is in
  // .plt.sec: then it pushes the slot's number.
  const auto* stub = static_cast<const unsigned char*>(data->d_buf) + start;
  std::uint64_t at = std::memcmp(stub, "\xf3\x0f\x1e\xfa", 4) == 0 ? 4 : 0;
  if (stub[at] == 0xf2) ++at;
  if (at + 6 > stub_bytes) return {};
  std::int32_t operand = 0;
  std::string name;
  if (stub[at] == 0xff && stub[at + 1] == 0x25) {
    std::memcpy(&operand, stub + at + 2, sizeof operand);
    std::uint64_t next = plt->header.sh_addr + start + at + 6;
    name = symbol_by_slot(elf, next + static_cast<std::uint64_t>(std::int64_t{operand}));
  } else if (stub[at] == 0x68) {
    std::memcpy(&operand, stub + at + 1, sizeof operand);
    name = symbol_by_number(elf, operand);
  }
  return name.empty() ? name : demangle(name.c_str()) + "@plt";
}

}  // namespace loopscope::symbols
