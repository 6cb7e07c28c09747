// Tables as text for the clipboard: a line a row, tabs between its cells, numbers as the JSON report has them.
#pragma once

#include <initializer_list>
#include <string>

#include "viewer/base/units.h"

namespace loopscope::view {

// Cells hold names from traces: what is no text, tabs and line feeds among it, becomes "?".
void add_row(std::string& table, std::initializer_list<std::string> cells);

// Milliseconds to the last nanosecond: "360", "0.000101".
std::string ms_text(Nanos duration);

// "0.8472": no rounding, no unit.
std::string share_text(double share);

}  // namespace loopscope::view
