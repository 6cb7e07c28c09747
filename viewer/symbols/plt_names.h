// Names for the stubs through which a program calls a library ("read@plt"): code that the linker made, which no symbol
// and no debug information describes. Where a thread is interrupted in one, it is the innermost frame of a sample.
// Called by module_names. Loader thread. x86-64 only; elsewhere nothing has a name.
#pragma once

#include <cstdint>
#include <string>

#include "viewer/symbols/elf_file.h"

namespace loopscope::symbols {

// For a virtual address of the file; "" if it is in no stub, or in one that no symbol stands behind.
std::string plt_name(const ElfFile& file, std::uint64_t address);

}  // namespace loopscope::symbols
