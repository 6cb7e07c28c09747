#include "agent/stack/loader_lock.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace loopscope::stack {
namespace {

// glibc 2.35 and later; safe in signal handlers.
using FindObject = int (*)(void*, struct dl_find_object*);
FindObject g_find_object = nullptr;

using Callback = int (*)(dl_phdr_info*, std::size_t, void*);

// What libunwind calls in place of dl_iterate_phdr. The first word behind `wanted` is the address that it looks for.
int tell_of_one_object(Callback callback, void* wanted) {
  std::uintptr_t address;
  std::memcpy(&address, wanted, sizeof address);
  struct dl_find_object found {};
  if (g_find_object(reinterpret_cast<void*>(address), &found) != 0) return 0;
  const auto* start = static_cast<const unsigned char*>(found.dlfo_map_start);
  const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(start);
  if (std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_phentsize != sizeof(ElfW(Phdr)))
    return 0;
  dl_phdr_info info{};
  info.dlpi_addr = found.dlfo_link_map->l_addr;
  info.dlpi_name = found.dlfo_link_map->l_name;
  info.dlpi_phdr = reinterpret_cast<const ElfW(Phdr)*>(start + header->e_phoff);
  info.dlpi_phnum = header->e_phnum;
  return callback(&info, sizeof info, wanted);
}

// What is asked for, as the callback of libunwind's version 1.6 holds it; any other layout shows by finding nothing.
struct Asked {
  std::uintptr_t address;
};
int count_call(dl_phdr_info* info, std::size_t, void* wanted) {
  const std::uintptr_t address = static_cast<Asked*>(wanted)->address;
  for (unsigned i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD && address >= begin && address < begin + segment.p_memsz) return 1;
  }
  return 0;
}

struct Dynamic {
  const ElfW(Sym) * symbols = nullptr;
  const char* names = nullptr;
  const ElfW(Rela) * tables[2] = {};  // of functions, of the rest
  std::size_t bytes[2] = {};
};

Dynamic read_dynamic(const link_map& object) {
  Dynamic dynamic;
  for (const ElfW(Dyn)* entry = object.l_ld; entry->d_tag != DT_NULL; ++entry) {
    const auto at = entry->d_un.d_ptr;
    switch (entry->d_tag) {
      case DT_SYMTAB: dynamic.symbols = reinterpret_cast<const ElfW(Sym)*>(at); break;
      case DT_STRTAB: dynamic.names = reinterpret_cast<const char*>(at); break;
      case DT_JMPREL: dynamic.tables[0] = reinterpret_cast<const ElfW(Rela)*>(at); break;
      case DT_PLTRELSZ: dynamic.bytes[0] = entry->d_un.d_val; break;
      case DT_RELA: dynamic.tables[1] = reinterpret_cast<const ElfW(Rela)*>(at); break;
      case DT_RELASZ: dynamic.bytes[1] = entry->d_un.d_val; break;
      default: break;
    }
  }
  return dynamic;
}

// Where the object keeps the address of that function of another one; nullptr if it does not use it.
void** slot_of(const link_map& object, const char* function) {
  const Dynamic dynamic = read_dynamic(object);
  if (dynamic.symbols == nullptr || dynamic.names == nullptr) return nullptr;
  for (int table = 0; table < 2; ++table) {
    for (std::size_t i = 0; i < dynamic.bytes[table] / sizeof(ElfW(Rela)); ++i) {
      const ElfW(Rela)& entry = dynamic.tables[table][i];
      const ElfW(Sym)& symbol = dynamic.symbols[ELF64_R_SYM(entry.r_info)];
      const auto type = ELF64_R_TYPE(entry.r_info);
      if ((type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT) &&
          std::strcmp(dynamic.names + symbol.st_name, function) == 0) {
        return reinterpret_cast<void**>(object.l_addr + entry.r_offset);
      }
    }
  }
  return nullptr;
}

// Whether the linker made the page read-only once it was done.
bool is_read_only(const link_map& object, const void* address) {
  const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(object.l_addr);
  const auto* segments = reinterpret_cast<const ElfW(Phdr)*>(object.l_addr + header->e_phoff);
  for (unsigned i = 0; i < header->e_phnum; ++i) {
    const std::uintptr_t begin = object.l_addr + segments[i].p_vaddr;
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    if (segments[i].p_type == PT_GNU_RELRO && at >= begin && at < begin + segments[i].p_memsz) return true;
  }
  return false;
}

bool put(const link_map& object, void** slot, void* function) {
  const auto page_bytes = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  void* page = reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(slot) & ~(page_bytes - 1));
  const bool read_only = is_read_only(object, slot);
  if (read_only && mprotect(page, page_bytes, PROT_READ | PROT_WRITE) != 0) return false;
  __atomic_store_n(slot, function, __ATOMIC_RELEASE);
  if (read_only) mprotect(page, page_bytes, PROT_READ);
  return true;
}

}  // namespace

bool answer_for_the_loader(void* library) {
#if defined(__x86_64__) && defined(DLFO_STRUCT_HAS_EH_DBASE)
  g_find_object = reinterpret_cast<FindObject>(dlsym(RTLD_DEFAULT, "_dl_find_object"));
  if (g_find_object == nullptr) return false;
  // As libunwind will ask.
  Asked here{reinterpret_cast<std::uintptr_t>(&answer_for_the_loader)};
  if (tell_of_one_object(count_call, &here) != 1) return false;
  link_map* object = nullptr;
  if (dlinfo(library, RTLD_DI_LINKMAP, &object) != 0 || object == nullptr) return false;
  // Known to ask that way.
  if (std::strstr(object->l_name, "libunwind.so.8") == nullptr) return false;
  void** slot = slot_of(*object, "dl_iterate_phdr");
  return slot != nullptr && put(*object, slot, reinterpret_cast<void*>(&tell_of_one_object));
#else
  (void)library;
  return false;
#endif
}

}  // namespace loopscope::stack
