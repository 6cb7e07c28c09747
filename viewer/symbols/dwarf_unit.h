// One unit of debug information: which function holds an address, and what functions are called that have to be named
// by where they stand. Used by dwarf_names alone. Loader thread.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "viewer/symbols/dwarf_ranges.h"

namespace loopscope::symbols {

// Namespaces, classes, blocks and inlined calls inside each other: compilers stay far below.
inline constexpr int kMaxDepth = 64;

struct Unit {
  // What a function stands in: "Queue", in "orders", in nothing.
  struct Scope {
    const char* name;     // in the file
    std::uint32_t outer;  // into scopes; 0: nothing
  };

  Dwarf_Die die;
  // Every entry has at least one byte, so this also bounds how many there are, whatever links them.
  std::uint64_t bytes = 0;
  bool indexed = false;
  RangeIndex<Dwarf_Off> functions;
  std::vector<Scope> scopes = {{"", 0}};
  // By offset of the entry, for functions that have no linkage name: what cannot be called from other units, and has
  // to be named by where it stands.
  std::unordered_map<Dwarf_Off, std::uint32_t> scope_of_function;
};

// Reads the functions of a unit; again is nothing. At most `ranges_left` ranges, which is counted down.
void index_unit(Unit& unit, std::size_t& ranges_left);

// visit(begin, end) for the ranges of an entry.
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

// The units that others refer to: dwz moves what several of them declare into units of its own, or into another file.
class SharedUnits {
 public:
  // The one that holds the entry, indexed.
  const Unit& holding(Dwarf_Die entry, std::size_t& ranges_left);

 private:
  std::unordered_map<Dwarf_CU*, Unit> units_;
};

// Of a function or an inlined call in `unit`, demangled; "" if it has none.
std::string function_name(Dwarf_Die* die, const Unit& unit, SharedUnits& shared, std::size_t& ranges_left);

}  // namespace loopscope::symbols
