// Text that has to fit: widths in terminal columns, shortening, padding, wrapping. Used by the text report.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace loopscope::report {

// Fit for a terminal: no control characters, no invalid UTF-8, nothing that turns the reading direction.
std::string safe_text(std::string_view text);

// Columns that safe text takes: wide characters (CJK, emoji) take two, all others are counted as one.
std::size_t columns_of(std::string_view text);

// At most `columns` wide: what does not fit is replaced by "..." in the middle; names keep their beginning and
// their end alike, paths keep more of their end.
std::string shorten_name(std::string_view text, std::size_t columns);
std::string shorten_path(std::string_view text, std::size_t columns);

// Filled with blanks up to `columns`; longer text stays as it is.
std::string left(std::string_view text, std::size_t columns);
std::string right(std::string_view text, std::size_t columns);

// Lines of at most `columns`, broken at blanks; a longer word is shortened. At least one line.
std::vector<std::string> wrap(std::string_view text, std::size_t columns);

}  // namespace loopscope::report
