// The hooked functions are libevent's, in each of its two libraries, and it calls its own through its PLT: else the hooks
// would see nothing.
#include <dlfcn.h>
#include <elf.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "agent/adapters/libevent/hooked_functions.h"

namespace {

struct Library {
  std::set<std::string> exported;
  std::set<std::string> called;  // through the PLT, or by an address that the dynamic linker fills in
};

template <class Entry>
const Entry* at(const std::string& file, uint64_t offset) {
  return reinterpret_cast<const Entry*>(file.data() + offset);
}

Library read_library(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(stream), {}};
  Library library;
  const auto* header = at<Elf64_Ehdr>(file, 0);
  const auto* sections = at<Elf64_Shdr>(file, header->e_shoff);
  const auto name_of = [&](const Elf64_Shdr& symbols, uint64_t index) {
    const auto* symbol = at<Elf64_Sym>(file, symbols.sh_offset) + index;
    return std::string(file.data() + sections[symbols.sh_link].sh_offset + symbol->st_name);
  };
  for (int i = 0; i < header->e_shnum; ++i) {
    const Elf64_Shdr& section = sections[i];
    if (section.sh_type == SHT_DYNSYM) {
      for (uint64_t k = 0; k < section.sh_size / sizeof(Elf64_Sym); ++k) {
        if (at<Elf64_Sym>(file, section.sh_offset)[k].st_shndx != SHN_UNDEF)
          library.exported.insert(name_of(section, k));
      }
    } else if (section.sh_type == SHT_RELA) {
      for (uint64_t k = 0; k < section.sh_size / sizeof(Elf64_Rela); ++k) {
        const auto info = at<Elf64_Rela>(file, section.sh_offset)[k].r_info;
        if (ELF64_R_SYM(info) != 0)
          library.called.insert(name_of(sections[section.sh_link], ELF64_R_SYM(info)));
      }
    }
  }
  return library;
}

std::string path_of(const char* soname) {
  void* handle = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);
  Dl_info info{};
  if (handle == nullptr || dladdr(dlsym(handle, "event_get_version"), &info) == 0) return {};
  return info.dli_fname;
}

class Hooks : public testing::TestWithParam<const char*> {};

TEST_P(Hooks, StandInFrontOfFunctionsThatAreThere) {
  const std::string path = path_of(GetParam());
  if (path.empty()) GTEST_SKIP() << GetParam() << " is not installed";
  const Library library = read_library(path);
#define LOOPSCOPE_EVENT_NAME(name) EXPECT_TRUE(library.exported.count(#name)) << #name;
  LOOPSCOPE_EVENT_HOOKED_FUNCTIONS(LOOPSCOPE_EVENT_NAME)
#undef LOOPSCOPE_EVENT_NAME
}

TEST_P(Hooks, SeeWhatLibeventCallsItself) {
  const std::string path = path_of(GetParam());
  if (path.empty()) GTEST_SKIP() << GetParam() << " is not installed";
  const Library library = read_library(path);
  for (const char* name :
       {"event_add_nolock_", "event_del_nolock_", "event_active_nolock_", "event_base_loop",
        "event_remove_timer_nolock_", "event_callback_finalize_nolock_", "event_base_new_with_config"}) {
    EXPECT_TRUE(library.called.count(name)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Libevent, Hooks, testing::Values("libevent-2.1.so.7", "libevent_core-2.1.so.7"),
                         [](const auto& each) {
                           return std::string(each.param[8] == '_' ? "core" : "whole");
                         });

}  // namespace
