#include "agent/write/modules.h"

#include <elf.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace loopscope::write {
namespace {

std::string executable_path() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

std::string build_id_in(const char* notes, std::size_t bytes) {
  while (bytes >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes, sizeof note);
    const std::size_t name = (note.n_namesz + 3u) & ~3u;
    const std::size_t content = (note.n_descsz + 3u) & ~3u;
    if (name + content + sizeof note > bytes) return {};
    const char* name_at = notes + sizeof note;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(name_at, "GNU", 4) == 0) {
      return std::string(name_at + name, note.n_descsz);
    }
    notes += sizeof note + name + content;
    bytes -= sizeof note + name + content;
  }
  return {};
}

MappedModule describe(const dl_phdr_info& object) {
  MappedModule module;
  module.load_bias = object.dlpi_addr;
  module.path = object.dlpi_name;
  module.start = UINT64_MAX;
  for (unsigned i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object.dlpi_phdr[i];
    const std::uint64_t start = object.dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD) {
      module.start = std::min(module.start, start);
      module.end = std::max(module.end, start + segment.p_memsz);
    } else if (segment.p_type == PT_NOTE && module.build_id.empty()) {
      module.build_id = build_id_in(reinterpret_cast<const char*>(start), segment.p_memsz);
    }
  }
  return module;
}

bool same(const MappedModule& a, const MappedModule& b) {
  return a.start == b.start && a.end == b.end && a.path == b.path && a.build_id == b.build_id;
}

}  // namespace

void Modules::refresh(DefinitionsPacket& packet, std::uint64_t now_ticks) {
  struct Counts {
    std::uint64_t adds, removals;
  } counts{};
  dl_iterate_phdr(
      [](dl_phdr_info* object, std::size_t, void* to) {
        *static_cast<Counts*>(to) = {object->dlpi_adds, object->dlpi_subs};
        return 1;
      },
      &counts);
  const bool first_time = modules_.empty();
  // Once: the kernel's answer changes when the file is deleted, and what is mapped does not.
  if (first_time) executable_ = executable_path();
  if (!first_time && counts.adds == adds_ && counts.removals == removals_) return;
  adds_ = counts.adds;
  removals_ = counts.removals;

  std::vector<MappedModule> mapped;
  dl_iterate_phdr(
      [](dl_phdr_info* object, std::size_t, void* to) {
        auto& all = *static_cast<std::vector<MappedModule>*>(to);
        MappedModule module = describe(*object);
        if (module.start < module.end) all.push_back(std::move(module));
        return 0;
      },
      &mapped);
  // The loader has no name for the program, which comes first, and none for the vdso in some versions.
  if (!mapped.empty()) mapped.front().path = executable_;
  for (MappedModule& module : mapped) {
    if (module.path.empty()) module.path = "linux-vdso.so.1";
  }
  auto is_in = [](const std::vector<MappedModule>& all, const MappedModule& module) {
    return std::any_of(all.begin(), all.end(),
                       [&](const MappedModule& other) { return same(module, other); });
  };
  for (MappedModule& known : modules_) {
    if (is_in(mapped, known)) continue;
    known.unloaded_ticks = now_ticks;
    packet.add_module(known);
  }
  std::erase_if(modules_, [](const MappedModule& known) { return known.unloaded_ticks != 0; });
  for (MappedModule& module : mapped) {
    if (is_in(modules_, module)) continue;
    module.id = next_id_++;
    module.loaded_ticks = first_time ? 0 : now_ticks;
    packet.add_module(module);
    modules_.push_back(std::move(module));
  }
}

}  // namespace loopscope::write
