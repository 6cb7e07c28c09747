// Which frame of a stack stands for it in reports: the user's own line, not the library's. Called by resolve.
#pragma once

#include <cstddef>
#include <vector>

#include "viewer/model/trace.h"

namespace loopscope::symbols {

// The first frame with a source line outside of hooked and system libraries; else the first named one outside;
// else the first outside (a program without symbols is still a better answer than the library that called it);
// else the first named one; else the first. stack.size() if empty.
std::size_t shown_frame(const std::vector<model::Frame>& stack);

// Code of the C and C++ run time, of hooked libraries or of loopscope: not what a user would call "where".
bool is_library_frame(const model::Frame& frame);

}  // namespace loopscope::symbols
