// The memory of the calling process, by regions, as the kernel tells it. No allocation, no lock. The prover while the
// program stands still, and the child.
#pragma once

#include <cstddef>
#include <cstdint>

#include "agent/reach/case.h"
#include "agent/reach/mapped_array.h"

namespace loopscope::reach {

enum class Backing : std::uint8_t {
  anonymous,
  heap,          // brk
  stack,         // the first thread's
  file,          // private
  shared,        // with other processes, or with a file
  kernel_queue,  // of io_uring or AIO
  other,         // devices, and what the kernel itself maps
};

struct Region : Range {
  bool is_private = false, readable = false, writable = false;
  Backing backing = Backing::other;
};

class Regions {
 public:
  // False if there is no map or no memory for it.
  bool read();
  const MappedArray<Region>& all() const { return regions_; }
  // The one that holds the address; nullptr if none does.
  const Region* find(std::uint64_t address) const;
  // The memory that the list itself is in.
  Range own_text() const { return own_text_; }
  Range own_list() const { return own_list_; }
  void give_back();

 private:
  MappedArray<char> text_;
  MappedArray<Region> regions_;  // by address
  Range own_text_, own_list_;
};

// A private region that `copy` lacks, of those that `original` may keep references in. The kernel leaves out of a copy
// what it is told to (MADV_DONTFORK).
bool lacks_any(const Regions& copy, const Regions& original, const Case& of);

}  // namespace loopscope::reach
