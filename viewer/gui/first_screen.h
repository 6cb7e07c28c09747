// What is on screen while there is no analysis yet: a place to drop a file on, or the first picture of one that is
// being read. Main thread, within a frame.
#pragma once

#include <optional>
#include <string>

#include "viewer/base/result.h"
#include "viewer/gui/loading.h"
#include "viewer/gui/look.h"
#include "viewer/trace/overview.h"

namespace loopscope::gui {

// The file to open, if the person chose one of the recent.
std::optional<std::string> draw_welcome(const Look& look, const std::optional<Error>& error);

// True if the person gave up.
bool draw_first_picture(const Look& look, const trace::Overview* overview, const Loading& loading);

}  // namespace loopscope::gui
