// Which code is loaded where, and where the tables to unwind it are: a snapshot of the dynamic linker's list. Watchdog
// thread.
#pragma once

#include <cstdint>
#include <vector>

namespace loopscope::stack {

struct CodeRange {
  std::uint64_t begin = 0, end = 0;  // of the executable part
  std::uint64_t unwind_header = 0;   // .eh_frame_hdr in memory; 0 if there is none
  std::uint64_t unwind_header_bytes = 0;
};

class LoadedCode {
 public:
  // True if something was loaded or unloaded since the last time. Takes the dynamic linker's lock for its list.
  bool refresh();

  // nullptr if the address is in no loaded file's code.
  const CodeRange* find(std::uint64_t address) const;

 private:
  std::vector<CodeRange> ranges_;  // by begin
  unsigned long long loads_ = 0, unloads_ = 0;
};

}  // namespace loopscope::stack
