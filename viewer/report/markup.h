// Text for XML and HTML: whatever a trace calls its functions, it stays text. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace loopscope::report {

// Fit for the text of an element and for an attribute in double quotes: & < > " ' become entities. What XML 1.0 does not
// allow (control characters, invalid UTF-8, surrogates, U+FFFE) becomes U+FFFD, and so does what turns the reading
// direction or ends a line unseen, which would make a page say something else than the trace. Line feeds stay.
std::string escaped(std::string_view text);

// The same of at most `characters` characters; longer text keeps its beginning and its end.
std::string escaped(std::string_view text, std::size_t characters);

}  // namespace loopscope::report
