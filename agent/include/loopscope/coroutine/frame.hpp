// The life of one coroutine frame, told to the agent: created, begun, suspended on something, resumed, finished or
// destroyed. Stands in the frame itself, behind the promise, so that nothing is allocated and nothing looked up. By the
// thread that has the coroutine in hand; who passes it on orders the accesses, as for all else in a frame.
#pragma once

#include <loopscope/loopscope.h>
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
    return task_ != 0 && recording_ == (static_cast<std::uint32_t>(loopscope_recording()) & kRecordingMask);
  }
  loopscope_task task() const { return task_; }

  // `frame` is its address. Once, before anything else.
  void created(const Place& place, const void* frame) {
    if (!loopscope_recording()) return;
    const SiteNumber site = coroutine_site(place);
    task_ = loopscope_task_created(site.site) & kTaskMask;
    recording_ = static_cast<std::uint32_t>(loopscope_recording()) & kRecordingMask;
    is_internal_ = site.is_internal;
    if (task_ != 0) note_frame(frame, task_);
  }

  // It runs from now on. Also where an await turned out not to suspend, and if it runs already.
  void runs() {
    if (task_ == 0 || is_running_ || !is_recorded()) return;
    ThreadOfCoroutines& thread = t_thread;
    if (has_begun_) {
      loopscope_span_begin_awaited(task_, awaited_);
    } else {
      has_begun_ = true;
      // Whoever is being suspended just now and starts it waits for it: a group of children, mostly.
      const Suspending& suspending = thread.suspending;
      if (suspending.waiter != 0 && suspending.depth == thread.depth && suspending.awaited != task_ &&
          thread.awaited_last != task_) {
        waiter_ = suspending.waiter & kTaskMask;
        loopscope_await_begin(waiter_, task_, suspending.site);
      }
      loopscope_span_begin(task_);
    }
    is_running_ = true;
    ++thread.depth;
  }

  // It is about to be suspended; from the next call of the program's on, somebody else may run or destroy it.
  void waits(loopscope_task awaited, loopscope_site site) {
    if (!stops_running()) return;
    awaited_ = awaited & kTaskMask;
    t_thread.awaited_last = awaited_;
    loopscope_span_end_awaiting(task_, awaited_, site);
  }

  // Its body is done, by itself or by an exception, in whose handler this is.
  void finished() {
    if (is_finished_ || task_ == 0) return;
    is_finished_ = true;
    const bool was_running = stops_running();
    if (!is_recorded()) return;
    if (was_running) {
      loopscope_span_end_finished(task_);
    } else {
      loopscope_task_finished(task_);
    }
    end_wait_for_this();
  }
  void failed() {
    if (is_finished_ || task_ == 0) return;
    is_finished_ = true;
    const bool was_running = stops_running();
    if (!is_recorded()) return;
    if (was_running) loopscope_span_end(task_);
    loopscope_task_finished_with(task_, LOOPSCOPE_OUTCOME_ERROR, 0, exception_name());
    end_wait_for_this();
  }

  // Its exception has gone on to whoever resumed it, who therefore knows: as if it had awaited this one.
  void handed_to_resumer() const {
    if (task_ == 0 || !is_recorded()) return;
    if (const loopscope_task resumer = loopscope_current_task(); resumer != 0 && resumer != task_) {
      loopscope_await_begin(resumer, task_, 0);
      loopscope_await_end(resumer, task_);
    }
  }

  // It did not have to wait for that one, which was over already: somebody asked how it ended.
  void met(loopscope_task awaited, loopscope_site site) const {
    if (awaited == 0) return;
    loopscope_await_begin(task_, awaited, site);
    loopscope_await_end(task_, awaited);
  }

  // With the frame at that address.
  void destroyed(const void* frame) {
    if (task_ == 0) return;
    forget_frame(frame, task_);
    if (is_finished_) return;
    const bool was_running = stops_running();
    if (!is_recorded()) return;
    if (was_running) loopscope_span_end(task_);
    if (is_internal_) {
      loopscope_task_finished(task_);  // how a library's own ones end
    } else {
      loopscope_task_finished_with(task_, LOOPSCOPE_OUTCOME_ABANDONED, 0, nullptr);
    }
    end_wait_for_this();
  }

  // Nothing is told. False if it did not run, as far as the recording knows.
  bool stops_running() {
    if (!is_running_) return false;
    is_running_ = false;
    --t_thread.depth;
    return true;
  }

 private:
  static constexpr std::uint32_t kRecordingMask = 0xffff;

  void end_wait_for_this() {
    if (waiter_ != 0) loopscope_await_end(waiter_, task_);
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

  std::uint64_t task_ : 40 = 0;
  std::uint64_t recording_ : 16 = 0;  // the one that the task is of
  std::uint64_t is_running_ : 1 = 0;
  std::uint64_t has_begun_ : 1 = 0;
  std::uint64_t is_finished_ : 1 = 0;
  std::uint64_t is_internal_ : 1 = 0;
  std::uint64_t awaited_ : 40 = 0;
  std::uint64_t waiter_ : 40 = 0;  // whose wait for this one ends with it
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
