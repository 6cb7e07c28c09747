#include "viewer/report/stall_profiles.h"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "viewer/detect/place.h"
#include "viewer/report/columns.h"
#include "viewer/report/stall_facts.h"

namespace loopscope::report {
namespace {

// Frames that are shown alike.
struct SameFrame {
  bool operator()(const model::Frame* a, const model::Frame* b) const {
    if (a->function != b->function || a->file != b->file || a->line != b->line) return false;
    return !a->function.empty() ||
           (a->module == b->module && a->module_offset == b->module_offset && a->address == b->address);
  }
};
struct HashOfFrame {
  std::size_t operator()(const model::Frame* frame) const {
    constexpr std::size_t kSpread =
        0x9e3779b97f4a7c15;  // the golden ratio's, so that equal parts do not cancel out
    std::size_t hash = std::hash<std::string>()(frame->function);
    hash = (hash ^ std::hash<std::string>()(frame->file)) * kSpread;
    hash = (hash ^ frame->line) * kSpread;
    return frame->function.empty() ? (hash ^ frame->module_offset) * kSpread : hash;
  }
};

class FrameTable {
 public:
  // Of a million frames some thousand differ: those that were met before need no new words.
  std::uint32_t index_of(const model::Frame& frame) {
    const auto [at, added] = met_.try_emplace(&frame, 0);
    if (added) {
      at->second = index_of(
          {safe_text(detect::function_text(frame)), safe_text(frame.file), frame.line, frame.library, true});
    }
    return at->second;
  }
  // A task, or words that stand where frames are missing.
  std::uint32_t index_of(std::string words) { return index_of({std::move(words), "", 0, false, false}); }
  std::vector<ProfileFrame> take() && { return std::move(frames_); }

 private:
  std::uint32_t index_of(ProfileFrame frame) {
    if (frame.name.empty()) frame.name = "unknown";
    const auto [at, added] = known_.try_emplace(std::make_tuple(frame.name, frame.file, frame.line),
                                                static_cast<std::uint32_t>(frames_.size()));
    if (added) frames_.push_back(std::move(frame));
    return at->second;
  }

  std::unordered_map<const model::Frame*, std::uint32_t, HashOfFrame, SameFrame> met_;
  std::map<std::tuple<std::string, std::string, std::uint32_t>, std::uint32_t> known_;
  std::vector<ProfileFrame> frames_;
};

// "1 libuv main", as in the text report's table of loops.
std::string loop_name(const model::Loop& loop) {
  std::string name = std::to_string(loop.id) + " " + loop.kind;
  if (const std::string& own = loop.name.empty() ? loop.thread : loop.name; !own.empty()) name += " " + own;
  return safe_text(name);
}

// "uv_timer start_saving (main.cpp:23)".
std::string task_name(const model::Trace& trace, const model::Stall& stall,
                      const model::StallSample& sample) {
  const model::TaskIndex task = sample.task == model::kNoTask ? stall.task : sample.task;
  if (task >= trace.tasks.size()) return "no task";
  const model::SiteIndex index = trace.tasks.site(task);
  if (index >= trace.sites.size()) return "task of unknown kind";
  const model::Site& site = trace.sites[index];
  const std::string place = safe_text(detect::place_text(site));
  return detect::shown_frame(site) == nullptr ? place : safe_text(site.kind) + " " + place;
}

struct Taken {
  std::size_t stall;
  Time from;
  const model::StallSample* sample;
};

ProfileSample profile_sample(const model::Trace& trace, const Taken& taken, FrameTable& frames) {
  ProfileSample made;
  made.stall = taken.stall;
  made.from = taken.from;
  made.weight = taken.sample->weight;
  made.stack.push_back(frames.index_of(task_name(trace, trace.stalls[taken.stall], *taken.sample)));
  const std::vector<model::Frame>& stack = taken.sample->stack;
  // What is missing stands where it is missing: between the task and the outermost frame that is known.
  if (taken.sample->stack_truncated && !stack.empty())
    made.stack.push_back(frames.index_of("... not recorded"));
  const std::size_t before = made.stack.size();
  const model::Frame* const blocking = blocking_frame(*taken.sample);
  for (auto frame = stack.rbegin(); frame != stack.rend(); ++frame) {
    if (detect::is_agent_frame(*frame)) continue;
    made.stack.push_back(frames.index_of(*frame));
    if (&*frame == blocking) made.blocking = made.stack.back();
  }
  // Time without a stack is still time.
  if (made.stack.size() == before) {
    const std::string& why = taken.sample->trouble;
    made.stack.push_back(frames.index_of(why.empty() ? "no stack" : "no stack: " + safe_text(why)));
    made.blocking = made.stack.back();
  }
  return made;
}

}  // namespace

StallProfiles stall_profiles(const model::Trace& trace) {
  // By loop, then, off any loop, by thread.
  std::map<std::pair<model::LoopIndex, std::uint32_t>, std::vector<Taken>> groups;
  for (std::size_t at = 0; at < trace.stalls.size(); ++at) {
    const model::Stall& stall = trace.stalls[at];
    const bool on_loop = stall.loop < trace.loops.size();
    const auto key =
        on_loop ? std::make_pair(stall.loop, std::uint32_t{0}) : std::make_pair(model::kNoLoop, stall.thread);
    Time from = stall.begin;
    for (const model::StallSample& sample : stall.samples) {
      if (sample.weight <= 0) continue;
      groups[key].push_back({at, from, &sample});
      from = add_saturating(from, sample.weight);
    }
  }
  StallProfiles all;
  FrameTable frames;
  for (auto& [key, group] : groups) {
    std::stable_sort(group.begin(), group.end(),
                     [](const Taken& a, const Taken& b) { return a.sample->at < b.sample->at; });
    Profile profile;
    profile.name = key.first != model::kNoLoop ? loop_name(trace.loops[key.first])
                                               : safe_text(thread_name(trace, key.second));
    if (profile.name.empty()) profile.name = "unknown thread";
    for (const Taken& taken : group) profile.samples.push_back(profile_sample(trace, taken, frames));
    all.profiles.push_back(std::move(profile));
  }
  all.frames = std::move(frames).take();
  return all;
}

}  // namespace loopscope::report
