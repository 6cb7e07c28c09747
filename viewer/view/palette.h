// The command palette: which commands match what was typed, best first. ImGui-free.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace loopscope::view {

// The letters of `typed` in that order, anywhere in `name`, whatever their case; matches at beginnings of words and
// next to each other are better. Negative if it does not match.
int match_score(std::string_view typed, std::string_view name);

// Into `names`: those that match, best first; equal ones in their order.
std::vector<std::size_t> matching(std::string_view typed, std::span<const std::string> names);

}  // namespace loopscope::view
