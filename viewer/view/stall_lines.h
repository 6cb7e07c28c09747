// Source lines that stalls are to be blamed for: a row a function and line. A sample is blamed on the frame that all
// reports show as "where"; a line has the sample in its total wherever in the stack it stands. Built off the frame,
// sorted in it. Pure, any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/report/stall_profiles.h"
#include "viewer/view/stall_selection.h"

namespace loopscope::view {

struct StallLine {
  static constexpr std::uint32_t kNotSampled = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t frame = kNotSampled;  // into StallProfiles::frames; the rest, which nobody sampled
  Nanos self = 0;                     // of samples blamed on it
  Nanos total = 0;                    // of samples that have it anywhere, once each
  std::uint64_t samples = 0;          // that are blamed on it
  double share = 0;                   // of `self` in all that is selected
  std::uint32_t by_function = 0;      // its rank by function, file, line
  std::uint32_t by_file = 0;          // its rank by file, line, function
};

enum class LineColumn : std::uint8_t { function, place, self, total, share, samples };

// By self, most first. The self times of all rows add up to the selection's total.
std::vector<StallLine> stall_lines(const report::StallProfiles& profiles, const SelectedSamples& selected);

// Equal ones stay in the order of their functions.
void sort_lines(std::vector<StallLine>& lines, LineColumn column, bool descending);

// "Store::save()", "not sampled".
std::string function_of(const report::StallProfiles& profiles, const StallLine& line);
// "src/store.cpp:71"; "" if that is not known.
std::string place_of(const report::StallProfiles& profiles, const StallLine& line);
// "store.cpp:71": a place as it fits into a column.
std::string short_place(const std::string& place);

// The whole table, for the clipboard.
std::string lines_text(const report::StallProfiles& profiles, const std::vector<StallLine>& lines);

}  // namespace loopscope::view
