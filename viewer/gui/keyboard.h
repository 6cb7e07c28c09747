// Keys by name: shortcuts ask whether one was pressed, scripts press them. Main thread, within a frame.
#pragma once

#include "viewer/view/script.h"

namespace loopscope::gui {

// Was pressed (or repeats) in this frame, with just those keys held. Never while a text field has the keyboard, unless
// Ctrl or Alt is part of it or it is Escape.
bool pressed(const view::KeyPress& press);
bool pressed(const char* words);  // "Ctrl+P"; a shortcut written in the code, so it has to be one

// Held down, with whatever else is.
bool held(char key);

// GLFW's number of a key; -1 for one that is only typed ("?").
int number_of(const view::KeyPress& press);

}  // namespace loopscope::gui
