// The samples of all stalls that the model keeps as profiles, one a loop (or a thread off any loop): what the exports
// for flame graph tools have in common. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/trace.h"

namespace loopscope::report {

// Fit for a terminal and valid UTF-8, never empty.
struct ProfileFrame {
  std::string name;
  std::string file;  // "" if unknown
  std::uint32_t line = 0;
  bool library = false;  // as model::Frame::library
  bool code = true;      // false: a task, or words that stand where frames are missing
};

struct ProfileSample {
  std::size_t stall = 0;  // into Trace::stalls
  Time from = 0;          // where the stretch begins that it stands for
  Nanos weight = 0;       // and how long that is: more than 0
  // Into StallProfiles::frames, outermost first. The first one is the task whose span was open.
  std::vector<std::uint32_t> stack;
  // The one of them that blocks, by blocking_frame(); the last one, which says why, if there is no stack.
  std::uint32_t blocking = 0;
};

struct Profile {
  std::string name;                    // "1 libuv main"
  std::vector<ProfileSample> samples;  // in order of time
};

struct StallProfiles {
  std::vector<ProfileFrame> frames;  // each one once
  std::vector<Profile> profiles;     // loops in the trace's order, then threads; none is empty
};

StallProfiles stall_profiles(const model::Trace& trace);

// One line a distinct stack: "1 libuv main;task;outermost;...;innermost 1234\n" with the weight in microseconds,
// at least 1, in order of the text. A semicolon in a name becomes a colon. "" without a sample.
std::string folded_text(const StallProfiles& profiles);

// A file of https://www.speedscope.app: a sampled profile each, in microseconds, and a line feed.
std::string speedscope_text(const StallProfiles& profiles, const std::string& name);

}  // namespace loopscope::report
