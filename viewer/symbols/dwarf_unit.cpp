#include "viewer/symbols/dwarf_unit.h"

#include <dwarf.h>

#include <string_view>

#include "viewer/symbols/demangle.h"

namespace loopscope::symbols {
namespace {

const char* string_of(Dwarf_Die* die, unsigned name) {
  Dwarf_Attribute attribute;
  return dwarf_formstring(dwarf_attr_integrate(die, name, &attribute));
}

bool has_linkage_name(Dwarf_Die* die) {
  return dwarf_hasattr_integrate(die, DW_AT_linkage_name) ||
         dwarf_hasattr_integrate(die, DW_AT_MIPS_linkage_name);
}

// The entry that `die` is an instance or the definition of, itself if of none.
Dwarf_Die declaration_of(Dwarf_Die die) {
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
  return die;
}

// "orders::Queue::", cut where it is longer than names may be.
std::string scope_text(const Unit& unit, std::uint32_t scope) {
  std::vector<std::string_view> names;
  for (; scope != 0; scope = unit.scopes[scope].outer) names.push_back(unit.scopes[scope].name);
  std::string text;
  for (auto name = names.rbegin(); name != names.rend() && text.size() < kMaxDemangledBytes; ++name) {
    text.append(name->substr(0, kMaxDemangledBytes)).append("::");
  }
  return text;
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

  void walk(Dwarf_Die* parent, int depth, std::uint32_t scope) {
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
  void add(Dwarf_Die* die, std::uint32_t scope) {
    Dwarf_Off offset = dwarf_dieoffset(die);
    each_range(die, ranges_left_,
               [&](Dwarf_Addr begin, Dwarf_Addr end) { unit_.functions.add(begin, end, offset); });
    if (scope != 0 && !has_linkage_name(die)) unit_.scope_of_function.emplace(offset, scope);
  }

  std::uint32_t inner_scope(Dwarf_Die* die, int tag, std::uint32_t scope) {
    if (tag == DW_TAG_lexical_block || dwarf_haschildren(die) <= 0) return scope;
    const char* name = string_of(die, DW_AT_name);
    // A nameless class with functions that run is a lambda.
    if (name == nullptr) name = tag == DW_TAG_namespace ? "(anonymous namespace)" : "{lambda}";
    unit_.scopes.push_back({name, scope});
    return static_cast<std::uint32_t>(unit_.scopes.size() - 1);
  }

  Unit& unit_;
  std::uint64_t entries_left_;
  std::size_t& ranges_left_;
};

}  // namespace

void index_unit(Unit& unit, std::size_t& ranges_left) {
  if (unit.indexed) return;
  unit.indexed = true;
  // The header of the next unit follows the last entry of this one.
  Dwarf_Off start = dwarf_dieoffset(&unit.die) - dwarf_cuoffset(&unit.die);
  Dwarf_Off next = 0;
  std::size_t header = 0;
  if (dwarf_nextcu(dwarf_cu_getdwarf(unit.die.cu), start, &next, &header, nullptr, nullptr, nullptr) != 0)
    return;
  unit.bytes = next > start ? next - start : 0;
  FunctionIndexer(unit, ranges_left).walk(&unit.die, 0, 0);
  unit.functions.sort();
}

const Unit& SharedUnits::holding(Dwarf_Die entry, std::size_t& ranges_left) {
  auto [known, added] = units_.try_emplace(entry.cu);
  if (added && dwarf_diecu(&entry, &known->second.die, nullptr, nullptr) != nullptr) {
    index_unit(known->second, ranges_left);
  }
  return known->second;
}

std::string function_name(Dwarf_Die* die, const Unit& unit, SharedUnits& shared, std::size_t& ranges_left) {
  for (unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
    // A linkage name that is not mangled is an alias, such as __GI_getaddrinfo.
    const char* mangled = string_of(die, name);
    if (mangled != nullptr && mangled[0] == '_' && mangled[1] == 'Z') return demangle(mangled);
  }
  const char* name = string_of(die, DW_AT_name);
  if (name == nullptr) return {};
  Dwarf_Die declaration = declaration_of(*die);
  const Unit& home = declaration.cu == unit.die.cu ? unit : shared.holding(declaration, ranges_left);
  auto scope = home.scope_of_function.find(dwarf_dieoffset(&declaration));
  std::string full = scope == home.scope_of_function.end() ? "" : scope_text(home, scope->second);
  full += demangle(name);
  if (full.size() > kMaxDemangledBytes) full.resize(kMaxDemangledBytes);
  return full;
}

}  // namespace loopscope::symbols
