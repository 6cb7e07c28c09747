#include "viewer/report/stall_facts.h"

#include <algorithm>
#include <tuple>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/detect/system_call.h"

namespace loopscope::report {

const model::StallSample* telling_sample(const model::Stall& stall) {
  const auto less_telling = [](const model::StallSample& a, const model::StallSample& b) {
    return std::make_tuple(!a.stack.empty(), a.weight) < std::make_tuple(!b.stack.empty(), b.weight);
  };
  const auto found = std::max_element(stall.samples.begin(), stall.samples.end(), less_telling);
  return found == stall.samples.end() ? nullptr : &*found;
}

const model::Frame* blocking_frame(const model::StallSample& sample) {
  const model::Frame* placed = nullptr;
  const model::Frame* named = nullptr;
  const model::Frame* innermost = nullptr;
  for (const model::Frame& frame : sample.stack) {
    if (detect::is_agent_frame(frame)) continue;
    if (frame.line != 0 && !frame.file.empty()) {
      if (!frame.library) return &frame;
      if (placed == nullptr) placed = &frame;
    }
    if (named == nullptr && !frame.function.empty()) named = &frame;
    if (innermost == nullptr) innermost = &frame;
  }
  return placed != nullptr ? placed : named != nullptr ? named : innermost;
}

std::string system_call_of(const model::Stall& stall) {
  const model::StallSample* sample = telling_sample(stall);
  return sample == nullptr ? "" : detect::system_call_text(sample->system_call);
}

std::string where_text(const model::Trace& trace, const model::Stall& stall) {
  const model::StallSample* sample = telling_sample(stall);
  if (sample == nullptr) return trace.watched ? "not sampled" : "no watchdog";
  const model::Frame* frame = blocking_frame(*sample);
  if (frame == nullptr) return sample->trouble.empty() ? "no stack" : "no stack: " + sample->trouble;
  return detect::frame_text(*frame);
}

std::string woken_text(const model::Stall& stall) {
  std::string text;
  for (const std::string& name : stall.woken_by) text += (text.empty() ? "" : ", ") + name;
  if (stall.woken_events > stall.woken_by.size()) {
    text += " and " + count_text(stall.woken_events - stall.woken_by.size()) + " more";
  }
  return text;
}

bool waited_because_of(const model::Stall& stall, const model::Waited& waited) {
  // A task may block more than once, and no task at all blocks in a tick: the time tells them apart.
  const model::TaskIndex blocker = stall.is_tick ? model::kNoTask : stall.task;
  return waited.blocker == blocker && waited.from >= stall.begin &&
         waited.from < add_saturating(stall.begin, stall.duration);
}

WaitedFor waited_for(const model::Trace& trace, const model::Stall& stall) {
  WaitedFor sum;
  for (const model::Waited& one : trace.waited) {
    if (!waited_because_of(stall, one)) continue;
    ++sum.tasks;
    sum.total = add_saturating(sum.total, one.waited);
  }
  return sum;
}

std::string thread_name(const model::Trace& trace, std::uint32_t thread) {
  if (thread >= trace.threads.size()) return "";
  const model::Thread& known = trace.threads[thread];
  return known.name.empty() ? "thread " + std::to_string(known.tid) : known.name;
}

std::uint64_t stalls_in_all(const model::Trace& trace) {
  return std::max<std::uint64_t>(trace.stalls_total, trace.stalls.size());
}

Nanos stalled_in_all(const model::Trace& trace) {
  Nanos kept = 0;
  for (const model::Stall& stall : trace.stalls)
    kept = add_saturating(kept, std::max<Nanos>(stall.duration, 0));
  return std::max(trace.stalls_ns, kept);
}

}  // namespace loopscope::report
