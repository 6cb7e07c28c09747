// Numbers as people read them: "12.3 ms", "1,234", "56.7 MB". Called by reports, errors and views. ASCII
// only, so that a width in bytes is a width in columns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "viewer/base/units.h"

namespace loopscope {

// Three digits that matter and the unit that fits: "0 ns", "870 ns", "12.3 us", "1.01 s", "2 min 5 s",
// "3 h 7 min". Negative ones with "-"; kNever is "never".
std::string duration_text(Nanos duration);

// "1,234,567".
std::string count_text(std::uint64_t count);

// Powers of 1000: "999 B", "12.3 kB", "1.20 GB".
std::string bytes_text(std::uint64_t bytes);

// 0.123 as "12.3 %"; below 0.1 % "<0.1 %" unless it is 0.
std::string percent_text(double share);

// "1 task", "23 tasks".
std::string plural_text(std::uint64_t count, std::string_view singular, std::string_view plural);

// Control characters, invalid UTF-8 and ESC as "?": names come from traces, which may be hostile to terminals.
std::string printable_text(std::string_view text);

// "trace.pb" of "/tmp/trace.pb".
std::string base_name(std::string_view path);

// Latin letters only: names from traces may be in no encoding at all.
std::string lower_case(std::string_view text);

}  // namespace loopscope
