#include "viewer/symbols/dwarf_names.h"

#include <dwarf.h>
#include <elfutils/libdw.h>

#include <filesystem>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "viewer/symbols/demangle.h"
#include "viewer/symbols/dwarf_ranges.h"

namespace loopscope::symbols {
namespace {

// Namespaces, classes, blocks and inlined calls inside each other: compilers stay far below.
constexpr int kMaxDepth = 64;
// Ranges of one file. Each takes 8 bytes or more of the file, but units may share them.
constexpr std::size_t kMaxRanges = 32'000'000;

using Functions = RangeIndex<Dwarf_Off>;

struct Unit {
  Dwarf_Die die;
  // Every entry has at least one byte, so this also bounds how many there are, whatever links them.
  std::uint64_t bytes = 0;
  bool indexed = false;
  Functions functions;
  // "orders::Queue::" by offset of the entry, for functions that have no linkage name: what cannot be called
  // from other units, and has to be named by where it stands.
  std::unordered_map<Dwarf_Off, std::string> scopes;
};

std::string tidy_path(const char* path) {
  if (path == nullptr) return {};
  std::string_view text = path;
  if (text.find("/../") == text.npos && text.find("/./") == text.npos) return std::string(text);
  return std::filesystem::path(text).lexically_normal().string();
}

const char* string_of(Dwarf_Die* die, unsigned name) {
  Dwarf_Attribute attribute;
  return dwarf_formstring(dwarf_attr_integrate(die, name, &attribute));
}

bool has_linkage_name(Dwarf_Die* die) {
  return dwarf_hasattr_integrate(die, DW_AT_linkage_name) ||
         dwarf_hasattr_integrate(die, DW_AT_MIPS_linkage_name);
}

// The entry that `die` is an instance or the definition of, itself if of none.
Dwarf_Off declaration_of(Dwarf_Die die) {
  for (int step = 0; step < 8; ++step) {
    Dwarf_Attribute attribute;
    Dwarf_Die next;
    bool more = false;
    for (unsigned name : {DW_AT_abstract_origin, DW_AT_specification}) {
      more = more || dwarf_formref_die(dwarf_attr(&die, name, &attribute), &next) != nullptr;
    }
    if (!more) break;
    die = next;
  }
  return dwarf_dieoffset(&die);
}

std::string function_name(Dwarf_Die* die, const Unit& unit) {
  for (unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
    // A linkage name that is not mangled is an alias, such as __GI_getaddrinfo.
    const char* mangled = string_of(die, name);
    if (mangled != nullptr && mangled[0] == '_' && mangled[1] == 'Z') return demangle(mangled);
  }
  const char* name = string_of(die, DW_AT_name);
  if (name == nullptr) return {};
  auto scope = unit.scopes.find(declaration_of(*die));
  std::string full = scope == unit.scopes.end() ? std::string() : scope->second;
  full += demangle(name);
  if (full.size() > kMaxDemangledBytes) full.resize(kMaxDemangledBytes);
  return full;
}

template <class Visit>
void each_range(Dwarf_Die* die, std::size_t& left, Visit visit) {
  Dwarf_Addr base = 0;
  Dwarf_Addr begin = 0;
  Dwarf_Addr end = 0;
  std::ptrdiff_t at = 0;
  while (left > 0 && (at = dwarf_ranges(die, at, &base, &begin, &end)) > 0) {
    --left;
    visit(begin, end);
  }
}

// Where functions may be written down: definitions stand in namespaces and, as local classes do, in functions.
bool may_hold_functions(int tag) {
  switch (tag) {
    case DW_TAG_subprogram:
    case DW_TAG_namespace:
    case DW_TAG_module:
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_lexical_block: return true;
    default: return false;
  }
}

// Walks a unit once.
class FunctionIndexer {
 public:
  FunctionIndexer(Unit& unit, std::size_t& ranges_left)
      : unit_(unit), entries_left_(unit.bytes), ranges_left_(ranges_left) {}

  void walk(Dwarf_Die* parent, int depth, const std::string& scope) {
    Dwarf_Die die;
    if (depth > kMaxDepth || dwarf_child(parent, &die) != 0) return;
    do {
      if (entries_left_ == 0) return;
      --entries_left_;
      int tag = dwarf_tag(&die);
      if (tag == DW_TAG_subprogram) add(&die, scope);
      if (may_hold_functions(tag)) walk(&die, depth + 1, inner_scope(&die, tag, scope));
    } while (dwarf_siblingof(&die, &die) == 0);
  }

 private:
  void add(Dwarf_Die* die, const std::string& scope) {
    Dwarf_Off offset = dwarf_dieoffset(die);
    each_range(die, ranges_left_,
               [&](Dwarf_Addr begin, Dwarf_Addr end) { unit_.functions.add(begin, end, offset); });
    if (!scope.empty() && !has_linkage_name(die)) unit_.scopes.emplace(offset, scope);
  }

  static std::string inner_scope(Dwarf_Die* die, int tag, const std::string& scope) {
    if (tag == DW_TAG_lexical_block || scope.size() > kMaxDemangledBytes) return scope;
    const char* name = string_of(die, DW_AT_name);
    // A nameless class with functions that run is a lambda.
    if (name == nullptr) name = tag == DW_TAG_namespace ? "(anonymous namespace)" : "{lambda}";
    return scope + name + "::";
  }

  Unit& unit_;
  std::uint64_t entries_left_;
  std::size_t& ranges_left_;
};

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

}  // namespace

struct DwarfNames::State {
  explicit State(Dwarf* opened) : dwarf(opened) {}
  ~State() { dwarf_end(dwarf); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void index_units();
  void index_unit(Unit& unit);

  Dwarf* dwarf;
  std::vector<Unit> units;
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

void DwarfNames::State::index_unit(Unit& unit) {
  unit.indexed = true;
  // The header of the next unit follows the last entry of this one.
  Dwarf_Off start = dwarf_dieoffset(&unit.die) - dwarf_cuoffset(&unit.die);
  Dwarf_Off next = 0;
  std::size_t header = 0;
  if (dwarf_nextcu(dwarf_cu_getdwarf(unit.die.cu), start, &next, &header, nullptr, nullptr, nullptr) != 0)
    return;
  unit.bytes = next > start ? next - start : 0;
  FunctionIndexer(unit, ranges_left).walk(&unit.die, 0, "");
  unit.functions.sort();
}

DwarfNames::DwarfNames(std::unique_ptr<State> state) : state_(std::move(state)) {}
DwarfNames::~DwarfNames() = default;

std::unique_ptr<DwarfNames> DwarfNames::open(const ElfFile& file) {
  if (!file.has_debug_info()) return nullptr;
  Dwarf* dwarf = dwarf_begin_elf(file.handle(), DWARF_C_READ, nullptr);
  if (dwarf == nullptr) return nullptr;
  auto state = std::make_unique<State>(dwarf);
  state->index_units();
  return std::unique_ptr<DwarfNames>(new DwarfNames(std::move(state)));
}

model::AddressNames::Frames DwarfNames::find(std::uint64_t address) {
  model::AddressNames::Frames frames;
  const std::uint32_t* number = state_->unit_ranges.find(address);
  if (number == nullptr) return frames;
  Unit& unit = state_->units[*number];
  if (!unit.indexed) state_->index_unit(unit);

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
    frames.back().function = function_name(&*die, unit);
    frames.back().inlined = true;
    model::NamedFrame caller;
    set_call_position(&unit.die, &*die, caller);
    frames.push_back(std::move(caller));
  }
  frames.back().function = function_name(&function, unit);
  return frames;
}

}  // namespace loopscope::symbols
