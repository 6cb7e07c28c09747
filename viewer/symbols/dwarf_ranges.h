// Address ranges that know what they belong to, for units and for the functions of a unit. Used by dwarf_names
// alone.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace loopscope::symbols {

template <class Owner>
class RangeIndex {
 public:
  // Ranges at 0 are functions that the linker dropped.
  void add(std::uint64_t begin, std::uint64_t end, Owner owner) {
    if (begin != 0 && begin < end) ranges_.push_back({begin, end, owner});
  }

  void sort() {
    std::sort(ranges_.begin(), ranges_.end(),
              [](const Range& a, const Range& b) { return a.begin < b.begin; });
  }

  // The range with the highest begin that holds the address; nullptr if none. Ranges hardly ever overlap, so
  // looking back a few is enough, and bounds what a made-up file can cost.
  const Owner* find(std::uint64_t address) const {
    auto after =
        std::upper_bound(ranges_.begin(), ranges_.end(), address,
                         [](std::uint64_t value, const Range& range) { return value < range.begin; });
    for (int steps = 0; after != ranges_.begin() && steps < 16; ++steps) {
      --after;
      if (address < after->end) return &after->owner;
    }
    return nullptr;
  }

 private:
  struct Range {
    std::uint64_t begin;
    std::uint64_t end;
    Owner owner;
  };
  std::vector<Range> ranges_;
};

}  // namespace loopscope::symbols
