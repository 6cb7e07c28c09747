// See loaded_code.h.
#include "agent/adapters/loops/loaded_code.h"

#include <dlfcn.h>
#include <link.h>

#include <cstring>

namespace loopscope::loops {
namespace {

struct Query {
  const void* address;
  AddressRange code;
};

int find_code(dl_phdr_info* library, size_t, void* argument) {
  auto* query = static_cast<Query*>(argument);
  AddressRange code{};
  for (int i = 0; i < library->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = library->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || !(segment.p_flags & PF_X)) continue;
    const uintptr_t begin = library->dlpi_addr + segment.p_vaddr;
    if (code.end == 0 || begin < code.begin) code.begin = begin;
    if (begin + segment.p_memsz > code.end) code.end = begin + segment.p_memsz;
  }
  if (!code.contains(query->address)) return 0;
  query->code = code;
  return 1;
}

}  // namespace

AddressRange code_around(const void* address) {
  Query query{address, {}};
  dl_iterate_phdr(find_code, &query);
  return query.code;
}

bool is_hook_of_ours(const void* function) {
  Dl_info found;
  return function != nullptr && dladdr(function, &found) != 0 && found.dli_fname != nullptr &&
         strstr(found.dli_fname, "/libloopscope_") != nullptr;
}

}  // namespace loopscope::loops
