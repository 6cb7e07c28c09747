#include "agent/watch/sampler.h"

#include <algorithm>
#include <cstring>

#include "agent/record/clock.h"

namespace loopscope::watch {

using namespace record;

namespace {

constexpr std::uint32_t kMostFramesOfASample = kMaxFrames;
// A look that the thread changed under is tried again; who is in so many short calls runs.
constexpr int kTries = 3;

StallCause cause_of(Doing::What what) {
  switch (what) {
    case Doing::What::running: return StallCause::running;
    case Doing::What::system_call: return StallCause::system_call;
    case Doing::What::outside: return StallCause::page_fault;
    case Doing::What::unknown: break;
  }
  return StallCause::unknown;
}

}  // namespace

void Sampler::open() {
  can_unwind_ = unwinder_.open();
  can_ask_ = interrupt_.install();
  stack_ = std::make_unique<unsigned char[]>(kMostStackBytes);
  budget_at_ns_ = monotonic_ns();
}

bool Sampler::may_take() {
  const std::uint64_t now = monotonic_ns();
  const double passed_s = static_cast<double>(now - budget_at_ns_) / 1e9;
  budget_ = std::min(most_at_once(), budget_ + passed_s * samples_per_s_);
  budget_at_ns_ = now;
  if (budget_ < 1) return false;
  budget_ -= 1;
  return true;
}

bool Sampler::take(const Ring& ring, const ThreadState& state, std::uint32_t tid, const ThreadFiles& files,
                   std::uint32_t stall, std::uint64_t late_ns) {
  if (!may_take()) return false;
  SampleObservation sample;
  sample.stall = stall;
  sample.watchdog_late_ns = late_ns;
  for (int i = 0; i < kTries; ++i) {
    const Doing doing = files.doing();
    sample.cause = cause_of(doing.what);
    sample.ticks = ticks();
    if (doing.what == Doing::What::unknown) {
      put_without_stack(ring, sample, StackTrouble::not_permitted);
      return true;
    }
    if (doing.what == Doing::What::running) {
      ask_runner(ring, state, tid, files, sample);
      return true;
    }
    if (look_at_sleeper(ring, doing, files, sample)) return true;
  }
  put_without_stack(ring, sample, StackTrouble::fast_system_call);
  return true;
}

bool Sampler::look_at_sleeper(const Ring& ring, const Doing& doing, const ThreadFiles& files,
                              SampleObservation sample) {
  if (doing.what == Doing::What::system_call) sample.system_call_plus_1 = doing.system_call + 1;
  stack::ThreadImage image;
  image.registers.set(stack::Registers::kProgramCounter, doing.program_counter);
  image.registers.set(stack::Registers::kStackPointer, doing.stack_pointer);
  image.stack_at = doing.stack_pointer & ~std::uint64_t{7};
  image.stack = {stack_.get(), unwinder_.copy_stack(image.stack_at, stack_.get(), kMostStackBytes)};
  // It slept there all the time, or the copy is of something else.
  const bool slept = files.doing().same_as(doing);
  if (slept) put(ring, sample, image);
  // What is left here would look like references of the program's.
  std::memset(stack_.get(), 0, image.stack.size());
  return slept;
}

void Sampler::ask_runner(const Ring& ring, const ThreadState& state, std::uint32_t tid,
                         const ThreadFiles& files, SampleObservation sample) {
  const Signalling signalling = files.signalling(interrupt_.signal_number());
  if (!can_ask_ || signalling.blocked) return put_without_stack(ring, sample, StackTrouble::signal_taken);
  if (asked_.stall != 0) {
    collect(ring);
    if (asked_.stall != 0) return put_without_stack(ring, sample, StackTrouble::not_delivered);
  }
  if (!interrupt_.ask(&state, tid, !signalling.sandboxed)) {
    return put_without_stack(ring, sample, StackTrouble::signal_taken);
  }
  asked_ = sample;
  asked_at_ = ticks();
  interrupt_.wait(patience_ns_);
  collect(ring);
}

void Sampler::collect(const Ring& ring) {
  if (asked_.stall == 0 || !interrupt_.wait(0)) return;
  SampleObservation sample = asked_;
  asked_ = {};
  const stack::ThreadImage image = interrupt_.image(sample.ticks);
  // It was runnable all the time and had to wait for a processor to say so.
  const double waited_ns =
      static_cast<double>(sample.ticks - std::min(sample.ticks, asked_at_)) * ns_per_tick_;
  if (waited_ns >= static_cast<double>(patience_ns_)) sample.cause = StallCause::not_scheduled;
  put(ring, sample, image);
  interrupt_.give_up();
}

void Sampler::forget(std::uint32_t stall) {
  if (asked_.stall != stall || stall == 0) return;
  asked_ = {};
  interrupt_.give_up();
}

void Sampler::put(const Ring& ring, SampleObservation sample, const stack::ThreadImage& image) {
  if (!can_unwind_) return put_without_stack(ring, sample, StackTrouble::no_unwinder);
  std::uint64_t frames[kMostFramesOfASample];
  bool truncated = false;
  sample.frames = unwinder_.unwind(image, frames, kMostFramesOfASample, truncated);
  sample.frames_truncated = truncated;
  observe(ring, sample, {frames, sample.frames});
}

void Sampler::put_without_stack(const Ring& ring, SampleObservation sample, StackTrouble trouble) {
  sample.trouble = trouble;
  observe(ring, sample, {});
}

}  // namespace loopscope::watch
