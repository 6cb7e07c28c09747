#include "viewer/symbols/signal_frames.h"

#include <elfutils/libdw.h>

#include <cstdlib>

namespace loopscope::symbols {

SignalFrames::SignalFrames(const ElfFile& file) : unwind_table_(dwarf_getcfi_elf(file.handle())) {}

SignalFrames::~SignalFrames() {
  if (unwind_table_ != nullptr) dwarf_cfi_end(unwind_table_);
}

bool SignalFrames::holds(std::uint64_t address) {
  Dwarf_Frame* frame = nullptr;
  if (unwind_table_ == nullptr || dwarf_cfi_addrframe(unwind_table_, address, &frame) != 0) return false;
  bool is_signal = false;
  dwarf_frame_info(frame, nullptr, nullptr, &is_signal);
  std::free(frame);
  return is_signal;
}

}  // namespace loopscope::symbols
