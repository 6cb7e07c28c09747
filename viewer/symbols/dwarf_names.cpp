#include "viewer/symbols/dwarf_names.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>

#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "viewer/symbols/dwarf_ranges.h"
#include "viewer/symbols/dwarf_unit.h"

namespace loopscope::symbols {
namespace {

// Ranges of one file. Each takes 8 bytes or more of the file, but units may share them.
constexpr std::size_t kMaxRanges = 32'000'000;

std::string tidy_path(const char* path) {
  if (path == nullptr) return {};
  std::string_view text = path;
  if (text.find("/../") == text.npos && text.find("/./") == text.npos) return std::string(text);
  return std::filesystem::path(text).lexically_normal().string();
}

// The inlined calls that hold `address`, outermost first, below a function.
void find_inlined(Dwarf_Die* parent, Dwarf_Addr address, int depth, std::uint64_t& entries_left,
                  std::vector<Dwarf_Die>& inlined) {
  Dwarf_Die die;
  if (depth > kMaxDepth || dwarf_child(parent, &die) != 0) return;
  do {
    if (entries_left == 0) return;
    --entries_left;
    int tag = dwarf_tag(&die);
    if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block) continue;
    if (dwarf_haspc(&die, address) <= 0) continue;
    if (tag == DW_TAG_inlined_subroutine) inlined.push_back(die);
    return find_inlined(&die, address, depth + 1, entries_left, inlined);
  } while (dwarf_siblingof(&die, &die) == 0);
}

std::uint64_t number_of(Dwarf_Die* die, unsigned name) {
  Dwarf_Attribute attribute;
  Dwarf_Word number = 0;
  if (dwarf_formudata(dwarf_attr(die, name, &attribute), &number) != 0) return 0;
  return number;
}

// Where an inlined call stands in its caller.
void set_call_position(Dwarf_Die* unit, Dwarf_Die* inlined, model::NamedFrame& caller) {
  Dwarf_Files* files = nullptr;
  std::size_t count = 0;
  std::uint64_t file = number_of(inlined, DW_AT_call_file);
  if (dwarf_getsrcfiles(unit, &files, &count) == 0 && file < count) {
    caller.file = tidy_path(dwarf_filesrc(files, file, nullptr, nullptr));
  }
  caller.line = static_cast<std::uint32_t>(number_of(inlined, DW_AT_call_line));
}

// dwz moves what several files share into one that all refer to. Of another build it has other words in the places
// that are referred to; libdw takes whatever has the right name.
bool has_stranger_for_shared_file(Dwarf* dwarf) {
  const char* name = nullptr;
  const void* wanted = nullptr;
  ssize_t wanted_bytes = dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &wanted);
  Dwarf* shared = wanted_bytes > 0 ? dwarf_getalt(dwarf) : nullptr;
  if (shared == nullptr) return false;
  const void* found = nullptr;
  ssize_t found_bytes = dwelf_elf_gnu_build_id(dwarf_getelf(shared), &found);
  return found_bytes != wanted_bytes ||
         std::memcmp(found, wanted, static_cast<std::size_t>(wanted_bytes)) != 0;
}

}  // namespace

struct DwarfNames::State {
  explicit State(Dwarf* opened) : dwarf(opened) {}
  ~State() { dwarf_end(dwarf); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void index_units();

  std::string name(Dwarf_Die* die, const Unit& unit) {
    return function_name(die, unit, shared_units, ranges_left);
  }

  Dwarf* dwarf;
  std::vector<Unit> units;
  SharedUnits shared_units;
  RangeIndex<std::uint32_t> unit_ranges;
  std::size_t ranges_left = kMaxRanges;
};

void DwarfNames::State::index_units() {
  Dwarf_CU* cu = nullptr;
  Dwarf_Die die;
  Dwarf_Die split;
  std::uint8_t type = 0;
  while (dwarf_get_units(dwarf, cu, &cu, nullptr, &type, &die, &split) == 0) {
    if (type != DW_UT_compile && type != DW_UT_skeleton) continue;
    std::uint32_t number = static_cast<std::uint32_t>(units.size());
    each_range(&die, ranges_left,
               [&](Dwarf_Addr begin, Dwarf_Addr end) { unit_ranges.add(begin, end, number); });
    Unit unit;
    // -gsplit-dwarf: the skeleton knows the addresses, the .dwo file the functions, if it is still there.
    unit.die = type == DW_UT_skeleton && dwarf_tag(&split) != DW_TAG_invalid ? split : die;
    units.push_back(std::move(unit));
  }
  unit_ranges.sort();
}

DwarfNames::DwarfNames(std::unique_ptr<State> state) : state_(std::move(state)) {}
DwarfNames::~DwarfNames() = default;

std::unique_ptr<DwarfNames> DwarfNames::open(const ElfFile& file) {
  if (!file.has_debug_info()) return nullptr;
  Dwarf* dwarf = dwarf_begin_elf(file.handle(), DWARF_C_READ, nullptr);
  if (dwarf == nullptr) return nullptr;
  auto state = std::make_unique<State>(dwarf);
  if (has_stranger_for_shared_file(dwarf)) return nullptr;
  state->index_units();
  return std::unique_ptr<DwarfNames>(new DwarfNames(std::move(state)));
}

model::AddressNames::Frames DwarfNames::find(std::uint64_t address) {
  model::AddressNames::Frames frames;
  const std::uint32_t* number = state_->unit_ranges.find(address);
  if (number == nullptr) return frames;
  Unit& unit = state_->units[*number];
  index_unit(unit, state_->ranges_left);

  model::NamedFrame innermost;
  if (Dwarf_Line* line = dwarf_getsrc_die(&unit.die, address)) {
    int at = 0;
    innermost.file = tidy_path(dwarf_linesrc(line, nullptr, nullptr));
    if (dwarf_lineno(line, &at) == 0 && at > 0) innermost.line = static_cast<std::uint32_t>(at);
  }
  frames.push_back(std::move(innermost));

  const Dwarf_Off* offset = unit.functions.find(address);
  Dwarf_Die function;
  Dwarf* home = dwarf_cu_getdwarf(unit.die.cu);
  if (offset == nullptr || dwarf_offdie(home, *offset, &function) == nullptr) return frames;

  std::vector<Dwarf_Die> inlined;
  std::uint64_t entries_left = unit.bytes;
  find_inlined(&function, address, 0, entries_left, inlined);
  for (auto die = inlined.rbegin(); die != inlined.rend(); ++die) {
    frames.back().function = state_->name(&*die, unit);
    frames.back().inlined = true;
    model::NamedFrame caller;
    set_call_position(&unit.die, &*die, caller);
    frames.push_back(std::move(caller));
  }
  frames.back().function = state_->name(&function, unit);
  return frames;
}

}  // namespace loopscope::symbols
