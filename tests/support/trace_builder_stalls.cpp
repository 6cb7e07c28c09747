// Stalls of a built trace: what the watchdog would have seen, who waited, and the sums that a reader makes of it.
#include <algorithm>
#include <map>

#include "tests/support/trace_builder.h"

namespace loopscope::testing {

using namespace model;

SampleSpec SampleSpec::in(std::string function, std::string file, std::uint32_t line) const {
  SampleSpec spec = *this;
  Frame& frame = spec.sample_.stack.emplace_back();
  frame.function = std::move(function);
  frame.file = std::move(file);
  frame.line = line;
  return spec;
}

SampleSpec SampleSpec::inlined() const {
  SampleSpec spec = *this;
  spec.sample_.stack.back().inlined = true;
  return spec;
}

SampleSpec SampleSpec::of_library(std::string module) const {
  SampleSpec spec = *this;
  spec.sample_.stack.back().module = std::move(module);
  spec.sample_.stack.back().library = true;
  return spec;
}

SampleSpec SampleSpec::because(std::string cause) const {
  SampleSpec spec = *this;
  spec.sample_.cause = std::move(cause);
  return spec;
}

SampleSpec SampleSpec::in_system_call(int number) const {
  SampleSpec spec = because("system call");
  spec.sample_.system_call = number;
  return spec;
}

SampleSpec SampleSpec::weighing(Nanos weight) const {
  SampleSpec spec = *this;
  spec.sample_.weight = weight;
  spec.weighed_ = true;
  return spec;
}

SampleSpec SampleSpec::without_stack(std::string trouble) const {
  SampleSpec spec = *this;
  spec.sample_.stack.clear();
  spec.sample_.trouble = std::move(trouble);
  return spec;
}

SampleSpec SampleSpec::with_late_watchdog(Nanos late) const {
  SampleSpec spec = *this;
  spec.sample_.watchdog_late = late;
  return spec;
}

StallSpec StallSpec::by_task(std::uint64_t number) const {
  StallSpec spec = *this;
  spec.task_ = number;
  return spec;
}

StallSpec StallSpec::never_ended() const {
  StallSpec spec = *this;
  spec.ended_ = false;
  return spec;
}

StallSpec StallSpec::used_cpu(Nanos cpu) const {
  StallSpec spec = *this;
  spec.cpu_ = cpu;
  return spec;
}

StallSpec StallSpec::waited_for_a_cpu(Nanos wait) const {
  StallSpec spec = *this;
  spec.run_queue_wait_ = wait;
  spec.cpu_ = std::max<Nanos>(spec.cpu_, 0);
  return spec;
}

StallSpec StallSpec::suppressed(std::uint64_t samples) const {
  StallSpec spec = *this;
  spec.suppressed_ = samples;
  return spec;
}

StallSpec StallSpec::sampled(const SampleSpec& sample) const {
  StallSpec spec = *this;
  spec.samples_.push_back(sample);
  if (spec.samples_.back().sample_.cause.empty()) spec.samples_.back().sample_.cause = "running";
  spec.cpu_ = std::max<Nanos>(spec.cpu_, 0);
  return spec;
}

namespace {

// Half of the time to each neighbour, and all of it at both ends: the rule of StallSample::weight.
Nanos weight_of(const Stall& stall, std::size_t at) {
  const auto& samples = stall.samples;
  const Time from = at == 0 ? stall.begin : samples[at - 1].at + (samples[at].at - samples[at - 1].at) / 2;
  const Time to = at + 1 == samples.size() ? stall.begin + stall.duration
                                           : samples[at].at + (samples[at + 1].at - samples[at].at) / 2;
  return to - from;
}

std::string heaviest_cause(const Stall& stall) {
  std::map<std::string, Nanos> weights;
  for (const StallSample& sample : stall.samples) weights[sample.cause] += sample.weight;
  const auto heavier = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto found = std::max_element(weights.begin(), weights.end(), heavier);
  return found == weights.end() ? "" : found->first;
}

}  // namespace

TraceBuilder& TraceBuilder::with_stall(Time begin, Nanos duration, std::string cause) {
  StallSpec spec(begin, duration);
  spec.cause_ = std::move(cause);
  return with_stall(spec);
}

TraceBuilder& TraceBuilder::with_stall(const StallSpec& stall) {
  stalls_.push_back(stall);
  stalls_.back().loop_ = loop_;
  return *this;
}

TraceBuilder& TraceBuilder::watched(Nanos stall_limit) {
  trace_.watched = true;
  trace_.stall_limit = stall_limit;
  return *this;
}

TraceBuilder& TraceBuilder::with_waited(std::uint64_t task, std::uint64_t blocker, Time from, Nanos waited) {
  waited_.push_back({task, blocker, from, waited});
  return *this;
}

TraceBuilder& TraceBuilder::with_run_queue_wait(Time from, Time to, Nanos wait) {
  const std::uint32_t thread = loop_ == kNoLoop ? RunQueueWait::kWatchdog : loop_;
  trace_.run_queue_waits.push_back({thread, from, to, wait});
  return *this;
}

void TraceBuilder::build_stalls(Trace& trace) const {
  for (const StallSpec& spec : stalls_) {
    Stall stall;
    stall.begin = spec.begin_;
    stall.duration = spec.duration_;
    stall.ended = spec.ended_;
    stall.loop = spec.loop_;
    stall.thread = spec.loop_ == kNoLoop ? 0 : spec.loop_;
    stall.task = spec.task_ == 0 ? kNoTask : trace.tasks.find(spec.task_);
    stall.is_tick = spec.task_ == 0;
    stall.cpu = spec.cpu_;
    stall.run_queue_wait = spec.run_queue_wait_;
    stall.suppressed = spec.suppressed_;
    for (const SampleSpec& sample : spec.samples_) stall.samples.push_back(sample.sample_);
    for (std::size_t at = 0; at < stall.samples.size(); ++at) {
      stall.samples[at].task = stall.task;
      if (!spec.samples_[at].weighed_) stall.samples[at].weight = weight_of(stall, at);
    }
    stall.cause = spec.cause_.empty() ? heaviest_cause(stall) : spec.cause_;
    trace.watched = trace.watched || stall.cpu != Stall::kNotWatched;
    ++trace.stalls_total;
    trace.stalls_ns = add_saturating(trace.stalls_ns, stall.duration);
    trace.stalls.push_back(std::move(stall));
  }
  std::stable_sort(trace.stalls.begin(), trace.stalls.end(),
                   [](const Stall& a, const Stall& b) { return a.duration > b.duration; });
  for (const WaitedSpec& spec : waited_) {
    const TaskIndex blocker = spec.blocker == 0 ? kNoTask : trace.tasks.find(spec.blocker);
    trace.waited.push_back({trace.tasks.find(spec.task), blocker, spec.from, spec.waited});
    if (blocker == kNoTask) continue;
    Site& site = trace.sites[trace.tasks.site(blocker)];
    ++site.made_wait;
    site.made_wait_ns = add_saturating(site.made_wait_ns, spec.waited);
  }
  std::stable_sort(trace.waited.begin(), trace.waited.end(),
                   [](const Waited& a, const Waited& b) { return a.waited > b.waited; });
  std::stable_sort(trace.run_queue_waits.begin(), trace.run_queue_waits.end(),
                   [](const RunQueueWait& a, const RunQueueWait& b) { return a.from < b.from; });
}

}  // namespace loopscope::testing
