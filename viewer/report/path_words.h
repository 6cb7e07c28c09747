// The ways in which a request spends its time, in words: the same in all reports. Pure.
#pragma once

#include <string_view>

#include "viewer/detect/critical_path.h"

namespace loopscope::report {

// A key: lower case with underscores.
inline std::string_view spent_key(detect::Spent spent) {
  switch (spent) {
    case detect::Spent::running: return "running";
    case detect::Spent::queued: return "queued";
    case detect::Spent::held_up: return "held_up";
    case detect::Spent::waiting: return "waiting";
    case detect::Spent::unknown: break;
  }
  return "unknown";
}

inline std::string_view spent_word(detect::Spent spent) {
  return spent == detect::Spent::held_up ? "held up" : spent_key(spent);
}

}  // namespace loopscope::report
