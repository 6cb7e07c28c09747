// Which code is the kernel's way out of a signal handler. A handler returns to it, so it stands in the stack between
// the handler and what the signal interrupted, and debug information says nothing of it but that. Called by
// module_names. Loader thread.
#pragma once

#include <cstdint>

#include "viewer/symbols/elf_file.h"

struct Dwarf_CFI_s;

namespace loopscope::symbols {

class SignalFrames {
 public:
  // `file` must outlive this object.
  explicit SignalFrames(const ElfFile& file);
  ~SignalFrames();
  SignalFrames(const SignalFrames&) = delete;
  SignalFrames& operator=(const SignalFrames&) = delete;

  // For a virtual address of the file. That before the code's first byte counts as inside, as everywhere in unwind
  // tables, so a return address is asked for with one subtracted as usual.
  bool holds(std::uint64_t address);

 private:
  Dwarf_CFI_s* unwind_table_;  // nullptr if the file has none
};

}  // namespace loopscope::symbols
