// Source positions from DWARF: for one address the function, its inlined callees, files and lines. Called by
// module_names; reads the ranges of all units once and the functions of a unit when first asked. Loader thread.
#pragma once

#include <cstdint>
#include <memory>

#include "viewer/model/address_names.h"
#include "viewer/symbols/elf_file.h"

namespace loopscope::symbols {

class DwarfNames {
 public:
  // nullptr if `file` has no debug information that can be read, or shares some with a file of another build. `file` must outlive the result.
  static std::unique_ptr<DwarfNames> open(const ElfFile& file);

  ~DwarfNames();
  DwarfNames(const DwarfNames&) = delete;
  DwarfNames& operator=(const DwarfNames&) = delete;

  // Innermost inlined function first; empty if no unit describes the address (a virtual address of the
  // file). A frame may lack its function, where only the line table knows the code.
  model::AddressNames::Frames find(std::uint64_t address);

 private:
  struct State;
  explicit DwarfNames(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace loopscope::symbols
