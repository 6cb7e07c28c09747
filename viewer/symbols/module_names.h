// Names for the addresses of one module (program or library) from the files on this machine, once it is certain
// that they are the ones that ran. Called by resolve, one a module. Loader thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "viewer/model/address_names.h"
#include "viewer/model/trace.h"
#include "viewer/symbols/dwarf_names.h"
#include "viewer/symbols/elf_file.h"
#include "viewer/symbols/elf_symbols.h"
#include "viewer/symbols/signal_frames.h"

namespace loopscope::symbols {

class ModuleNames {
 public:
  // Opens what is needed. `recorded_unix_ns`: when the recording began, 0 if unknown.
  ModuleNames(const model::Module& module, std::int64_t recorded_unix_ns,
              const std::vector<std::string>& debug_dirs);

  // Why the module's file could not be used, in words; "" if it could.
  const std::string& trouble() const { return trouble_; }

  // For a virtual address of the file: innermost inlined function first; empty if nothing is known.
  model::AddressNames::Frames find(std::uint64_t address);

 private:
  void open(const model::Module& module, std::int64_t recorded_unix_ns);
  std::string linker_name(std::uint64_t address);

  std::unique_ptr<ElfFile> file_;   // the module itself; nullptr if it is gone or another one
  std::unique_ptr<ElfFile> debug_;  // its separate debug file, if there is one
  std::unique_ptr<DwarfNames> dwarf_;
  std::unique_ptr<SignalFrames> signals_;  // opened when first needed
  ElfSymbols symbols_;
  std::string trouble_;
};

// The function of a frame that is no function's: where a signal handler returns to. The frame behind it was
// interrupted, so that its address is a program counter.
inline constexpr char kSignalFrame[] = "<signal>";

// "[vdso]", "linux-vdso.so.1"...: the library that the kernel maps and no file holds.
bool is_vdso(const std::string& path);

}  // namespace loopscope::symbols
