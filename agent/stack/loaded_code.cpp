#include "agent/stack/loaded_code.h"

#include <link.h>

#include <algorithm>

namespace loopscope::stack {
namespace {

struct Changes {
  unsigned long long loads, unloads;
};

int count_changes(dl_phdr_info* object, std::size_t, void* to) {
  *static_cast<Changes*>(to) = {object->dlpi_adds, object->dlpi_subs};
  return 1;
}

int add_code(dl_phdr_info* object, std::size_t, void* to) {
  CodeRange tables;
  for (unsigned i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_GNU_EH_FRAME) continue;
    tables.unwind_header = object->dlpi_addr + segment.p_vaddr;
    tables.unwind_header_bytes = segment.p_memsz;
  }
  for (unsigned i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    CodeRange range = tables;
    range.begin = object->dlpi_addr + segment.p_vaddr;
    range.end = range.begin + segment.p_memsz;
    static_cast<std::vector<CodeRange>*>(to)->push_back(range);
  }
  return 0;
}

}  // namespace

bool LoadedCode::refresh() {
  Changes now{};
  dl_iterate_phdr(count_changes, &now);
  if (!ranges_.empty() && now.loads == loads_ && now.unloads == unloads_) return false;
  loads_ = now.loads;
  unloads_ = now.unloads;
  ranges_.clear();
  dl_iterate_phdr(add_code, &ranges_);
  std::sort(ranges_.begin(), ranges_.end(),
            [](const CodeRange& a, const CodeRange& b) { return a.begin < b.begin; });
  return true;
}

const CodeRange* LoadedCode::find(std::uint64_t address) const {
  auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                [](std::uint64_t at, const CodeRange& range) { return at < range.begin; });
  if (after == ranges_.begin()) return nullptr;
  --after;
  return address < after->end ? &*after : nullptr;
}

}  // namespace loopscope::stack
