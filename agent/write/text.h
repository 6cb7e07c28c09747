// Text that comes from the host, made valid UTF-8: a protobuf string must be, and argv or a path need not.
#pragma once

#include <string>
#include <string_view>

namespace loopscope::write {

// Bytes that are no UTF-8 become '?'.
std::string valid_utf8(std::string_view text);

}  // namespace loopscope::write
