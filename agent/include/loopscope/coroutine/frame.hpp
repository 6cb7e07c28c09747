// The life of one coroutine frame, told to the agent: created, begun, suspended on something, resumed, finished or
// destroyed. Stands in the frame itself, behind the promise, so that nothing is allocated and nothing looked up. By the
// thread that has the coroutine in hand; who passes it on orders the accesses, as for all else in a frame.
#pragma once

#include <loopscope/loopscope.h>
#include <loopscope/coroutine/frame_record.hpp>
#include <loopscope/coroutine/live_frames.hpp>
#include <loopscope/coroutine/sites.hpp>

#include <cstdint>
#include <utility>

#if defined(__cpp_exceptions) && defined(__GXX_RTTI)
#include <cxxabi.h>

#include <typeinfo>
#endif

namespace loopscope::coroutines {

// A coroutine that is being suspended on this thread, while its awaiter's await_suspend runs.
struct Suspending {
  loopscope_task waiter = 0;
  loopscope_task awaited = 0;
  loopscope_site site = 0;
  std::uint32_t depth = 0;  // of coroutines that run around it
};

struct ThreadOfCoroutines {
  Suspending suspending;
  loopscope_task awaited_last =
      0;                    // by the coroutine that was suspended last: started by it, not by one around it
  std::uint32_t depth = 0;  // coroutines that run on this thread, one inside the other
};
inline constinit thread_local ThreadOfCoroutines t_thread = {};

class Frame {
 public:
  Frame() = default;
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  // Whether events of this frame go into the recording that runs now.
  bool is_recorded() const {
    return record_.task != 0 &&
           record_.recording == (static_cast<std::uint32_t>(loopscope_recording()) & kRecordingMask);
  }
  loopscope_task task() const { return record_.task; }

  // `frame` is its address. Once, before anything else.
  void created(const Place& place, const void* frame) {
    if (!loopscope_recording()) return;
    const SiteNumber site = coroutine_site(place);
    record_.task = loopscope_task_created(site.site) & kTaskMask;
    record_.recording = static_cast<std::uint32_t>(loopscope_recording()) & kRecordingMask;
    record_.is_internal = site.is_internal;
    if (record_.task == 0) return;
    record_.mark = FrameMark::of(frame) & FrameMark::kMask;
    note_frame(frame, record_.task);
  }

  // It runs from now on. Also where an await turned out not to suspend, and if it runs already.
  void runs() {
    if (record_.task == 0 || record_.is_running || !is_recorded()) return;
    ThreadOfCoroutines& thread = t_thread;
    if (record_.has_begun) {
      loopscope_span_begin_awaited(record_.task, record_.awaited);
    } else {
      record_.has_begun = true;
      // Whoever is being suspended just now and starts it waits for it: a group of children, mostly.
      const Suspending& suspending = thread.suspending;
      if (suspending.waiter != 0 && suspending.depth == thread.depth && suspending.awaited != record_.task &&
          thread.awaited_last != record_.task) {
        record_.set_waiter(suspending.waiter & kTaskMask);
        loopscope_await_begin(record_.waiter(), record_.task, suspending.site);
      }
      loopscope_span_begin(record_.task);
    }
    record_.is_running = true;
    ++thread.depth;
  }

  // It is about to be suspended; from the next call of the program's on, somebody else may run or destroy it.
  void waits(loopscope_task awaited, loopscope_site site) {
    if (!stops_running()) return;
    record_.awaited = awaited & kTaskMask;
    t_thread.awaited_last = record_.awaited;
    loopscope_span_end_awaiting(record_.task, record_.awaited, site);
  }

  // Its body is done, by itself or by an exception, in whose handler this is.
  void finished() {
    if (record_.is_finished || record_.task == 0) return;
    record_.is_finished = true;
    const bool was_running = stops_running();
    if (!is_recorded()) return;
    if (was_running) {
      loopscope_span_end_finished(record_.task);
    } else {
      loopscope_task_finished(record_.task);
    }
    end_wait_for_this();
  }
  void failed() {
    if (record_.is_finished || record_.task == 0) return;
    record_.is_finished = true;
    const bool was_running = stops_running();
    if (!is_recorded()) return;
    if (was_running) loopscope_span_end(record_.task);
    loopscope_task_finished_with(record_.task, LOOPSCOPE_OUTCOME_ERROR, 0, exception_name());
    end_wait_for_this();
  }

  // Its exception has gone on to whoever resumed it, who therefore knows: as if it had awaited this one.
  void handed_to_resumer() const {
    if (record_.task == 0 || !is_recorded()) return;
    if (const loopscope_task resumer = loopscope_current_task(); resumer != 0 && resumer != record_.task) {
      loopscope_await_begin(resumer, record_.task, 0);
      loopscope_await_end(resumer, record_.task);
    }
  }

  // It did not have to wait for that one, which was over already: somebody asked how it ended.
  void met(loopscope_task awaited, loopscope_site site) const {
    if (awaited == 0) return;
    loopscope_await_begin(record_.task, awaited, site);
    loopscope_await_end(record_.task, awaited);
  }

  // With the frame at that address.
  void destroyed(const void* frame) {
    if (record_.task == 0) return;
    forget_frame(frame, record_.task);
    record_.mark = 0;
    // Its memory may be looked at when it is no object any more: the compiler must not leave the store out.
    asm volatile("" : : "r"(&record_) : "memory");
    if (record_.is_finished) return;
    const bool was_running = stops_running();
    if (!is_recorded()) return;
    if (was_running) loopscope_span_end(record_.task);
    if (record_.is_internal) {
      loopscope_task_finished(record_.task);  // how a library's own ones end
    } else {
      loopscope_task_finished_with(record_.task, LOOPSCOPE_OUTCOME_ABANDONED, 0, nullptr);
    }
    end_wait_for_this();
  }

  // Nothing is told. False if it did not run, as far as the recording knows.
  bool stops_running() {
    if (!record_.is_running) return false;
    record_.is_running = false;
    --t_thread.depth;
    return true;
  }

 private:
  static constexpr std::uint32_t kRecordingMask = 0xffff;

  void end_wait_for_this() {
    if (record_.waiter() != 0) loopscope_await_end(record_.waiter(), record_.task);
  }

  // The type's, as the compiler spells it; nullptr without one.
  static const char* exception_name() {
#if defined(__cpp_exceptions) && defined(__GXX_RTTI)
    const std::type_info* const type = abi::__cxa_current_exception_type();
    return type == nullptr ? nullptr : type->name();
#else
    return nullptr;
#endif
  }

  FrameRecord record_;
};

// Around the program's await_suspend. What it does not return from by itself, the coroutine goes on with.
class SuspendingScope {
 public:
  SuspendingScope(Frame& frame, Suspending suspending)
      : frame_(&frame), outer_(std::exchange(t_thread.suspending, suspending)) {
    t_thread.suspending.depth = t_thread.depth;
  }
  SuspendingScope(const SuspendingScope&) = delete;
  SuspendingScope& operator=(const SuspendingScope&) = delete;
  ~SuspendingScope() {
    t_thread.suspending = outer_;
    if (frame_ != nullptr) frame_->runs();
  }

  // It returned: the frame may be gone.
  void returned() { frame_ = nullptr; }

 private:
  Frame* frame_;
  Suspending outer_;
};

}  // namespace loopscope::coroutines
