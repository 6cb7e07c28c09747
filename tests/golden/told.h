// What the reader makes of a trace, as text: one line for whatever the model holds, in its order.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace loopscope::trace {

// The error, if it is not read.
std::string told(std::span<const std::byte> file);

}  // namespace loopscope::trace
