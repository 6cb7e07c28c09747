#include "viewer/report/stall_profiles.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "viewer/detect/place.h"
#include "viewer/report/columns.h"
#include "viewer/report/stall_facts.h"

namespace loopscope::report {
namespace {

class FrameTable {
 public:
  std::uint32_t index_of(std::string name, std::string file, std::uint32_t line) {
    if (name.empty()) name = "unknown";
    const auto [at, added] =
        known_.try_emplace(std::make_tuple(name, file, line), static_cast<std::uint32_t>(frames_.size()));
    if (added) frames_.push_back({std::move(name), std::move(file), line});
    return at->second;
  }
  std::vector<ProfileFrame> take() && { return std::move(frames_); }

 private:
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
  const model::Stall* stall;
  const model::StallSample* sample;
};

ProfileSample profile_sample(const model::Trace& trace, const Taken& taken, FrameTable& frames) {
  ProfileSample made;
  made.weight = taken.sample->weight;
  made.stack.push_back(frames.index_of(task_name(trace, *taken.stall, *taken.sample), "", 0));
  const std::vector<model::Frame>& stack = taken.sample->stack;
  // What is missing stands where it is missing: between the task and the outermost frame that is known.
  if (taken.sample->stack_truncated && !stack.empty())
    made.stack.push_back(frames.index_of("... not recorded", "", 0));
  const std::size_t before = made.stack.size();
  for (auto frame = stack.rbegin(); frame != stack.rend(); ++frame) {
    if (detect::is_agent_frame(*frame)) continue;
    made.stack.push_back(
        frames.index_of(safe_text(detect::function_text(*frame)), safe_text(frame->file), frame->line));
  }
  // Time without a stack is still time.
  if (made.stack.size() == before) {
    const std::string& why = taken.sample->trouble;
    made.stack.push_back(frames.index_of(why.empty() ? "no stack" : "no stack: " + safe_text(why), "", 0));
  }
  return made;
}

}  // namespace

StallProfiles stall_profiles(const model::Trace& trace) {
  // By loop, then, off any loop, by thread.
  std::map<std::pair<model::LoopIndex, std::uint32_t>, std::vector<Taken>> groups;
  for (const model::Stall& stall : trace.stalls) {
    const bool on_loop = stall.loop < trace.loops.size();
    const auto key =
        on_loop ? std::make_pair(stall.loop, std::uint32_t{0}) : std::make_pair(model::kNoLoop, stall.thread);
    for (const model::StallSample& sample : stall.samples) {
      if (sample.weight > 0) groups[key].push_back({&stall, &sample});
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
