// The life of Asio's operations as tasks: what the macros of loopscope/asio.hpp call, in the threads that start, run and
// cancel operations. Nothing allocates, locks or throws. While nothing is recorded, each is a load and a branch.
// Part of loopscope/asio.hpp.
#ifndef LOOPSCOPE_ASIO_TRACKING_HPP
#define LOOPSCOPE_ASIO_TRACKING_HPP

#include <loopscope/loopscope.h>
#include <loopscope/asio/location.hpp>
#include <loopscope/asio/outcome.hpp>
#include <loopscope/asio/registrations.hpp>
#include <loopscope/asio/shared.hpp>
#include <loopscope/asio/sites.hpp>
#include <loopscope/asio/waiting.hpp>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace loopscope {
namespace asio_tracking LOOPSCOPE_ASIO_SHARED {

// A base of every operation of Asio's. The number of its task stands in the operation itself. Names here stand before the
// template parameters of operations ("Handler") where Asio looks one up: they are ones that nobody else has.
class TrackedHandler {
 public:
  loopscope_task tracked_task() const { return tracked_task_; }
  WaitingPlace* tracked_place() const { return tracked_place_; }
  void set_tracked_task(loopscope_task task) { tracked_task_ = task; }
  void set_tracked_place(WaitingPlace* place) { tracked_place_ = place; }

 protected:
  TrackedHandler() : tracked_task_(0), tracked_place_(nullptr) {}
  ~TrackedHandler() {}

 private:
  loopscope_task tracked_task_;  // 0: created while nothing was recorded
  WaitingPlace* tracked_place_;  // where its object finds it; null: not at all
};

// ---- what Asio's own objects say beyond the macros' arguments --------------------------------------------

// For timers of std::chrono's clocks, Asio's own and the user's: false for all other objects.
template <class Object>
inline auto time_left(const Object& object, std::uint64_t& ns, int)
    -> decltype(object.expiry - std::decay<decltype(object.expiry)>::type::clock::now(), true) {
  const auto now = std::decay<decltype(object.expiry)>::type::clock::now();
  ns = 0;
  if (object.expiry > now) {
    ns = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(object.expiry - now).count());
  }
  return true;
}
template <class Object>
inline bool time_left(const Object&, std::uint64_t&, long) {
  return false;
}
inline bool time_left_of(const void*, std::uint64_t&) { return false; }
template <class Object>
inline bool time_left_of(const Object* object, std::uint64_t& ns) {
  return time_left(*object, ns, 0);
}

// ---- creation --------------------------------------------------------------------------------------------

// Not inlined: the stack is to begin in the function of Asio's that calls it.
__attribute__((noinline)) inline Direction created(TrackedHandler& handler, const char* object,
                                                   const char* operation) {
  const Operation found = One<SiteTable>::object.find(object, operation, Location::of_user());
  handler.set_tracked_task(
      loopscope_recorded_task_created_from(found.site, LOOPSCOPE_RUNNING_TASK, __builtin_return_address(0)));
  return found.direction;
}

template <class Object>
inline void created_for(TrackedHandler& handler, const char* kind, const Object* object,
                        std::uintmax_t descriptor, const char* operation) {
  const Direction direction = created(handler, kind, operation);
  if (direction == kNoDirection || handler.tracked_task() == 0) return;
  unsigned waits_for = direction;
  std::uint64_t ns = 0;
  if (direction == kTimer) {
    if (time_left_of(object, ns)) {
      loopscope_recorded_task_due(handler.tracked_task(), ns);
    } else {
      waits_for = kElsewhere;
    }
  }
  const void* const name =
      (direction & kEither) != 0 ? One<Registrations>::object.name_of(descriptor, object) : object;
  handler.set_tracked_place(
      One<WaitingTasks>::object.put(name, WaitingTask(handler.tracked_task(), waits_for)));
}

// HANDLER_CREATION: `object` is the implementation that belongs to a socket, timer..., or a context.
template <class Context, class Object>
inline void creation(Context&, TrackedHandler& handler, const char* kind, const Object* object,
                     std::uintmax_t descriptor, const char* operation) {
  if (__builtin_expect(!loopscope_recording(), 1)) return;
  created_for(handler, kind, object, descriptor, operation);
}

// ---- running ---------------------------------------------------------------------------------------------

// What a handler is given when it begins: nothing yet, no bytes, or so many. One word, so that a handler without bytes
// stores as much as if nobody had any.
class Given {
 public:
  Given() : word_(0) {}
  static Given no_bytes() { return Given(1); }
  static Given bytes(std::size_t count) { return Given(count + 2); }

  bool has_begun() const { return word_ != 0; }
  bool has_bytes() const { return word_ > 1; }
  std::size_t count() const { return word_ - 2; }

 private:
  explicit Given(std::size_t word) : word_(word) {}
  std::size_t word_;
};

// Cold, and given values rather than the object below, which thereby needs no memory.
__attribute__((noinline, cold)) inline void finish(loopscope_task task, const Outcome& outcome) {
  if (loopscope_recording()) loopscope_task_finished_with(task, outcome.outcome, outcome.code, outcome.name);
}
__attribute__((noinline, cold)) inline void end_failed(loopscope_task task, Outcome outcome, Given given) {
  if (given.has_bytes()) loopscope_task_bytes(task, given.count());
  loopscope_span_end(task);
  finish(task, outcome);
}
__attribute__((noinline, cold)) inline void end_unexpectedly(loopscope_task task, Given given) {
  Outcome outcome;
  outcome.code = 0;
  outcome.name = given.has_begun() ? "left by an exception" : nullptr;
  outcome.outcome = given.has_begun() ? LOOPSCOPE_OUTCOME_ERROR : LOOPSCOPE_OUTCOME_ABANDONED;
  if (given.has_bytes()) loopscope_task_bytes(task, given.count());
  if (given.has_begun()) loopscope_span_end(task);
  finish(task, outcome);
}

// What had to wait and was told ready by nobody is so now: it was not the thread that it waited for.
__attribute__((noinline)) inline void leave(WaitingPlace& place) {
  const WaitingTask task = place.task();
  place.take();
  const bool had_to_wait = task.waits_for() == kElsewhere || task.was_tried();
  if (had_to_wait && !task.is_told_ready()) loopscope_task_ready(task.task());
}

// HANDLER_COMPLETION: from the moment an operation is taken off its queue until its handler has returned. An operation that
// was created while nothing was recorded has no task, and is let by without a look at anything else.
class Completion {
 public:
  explicit Completion(const TrackedHandler& handler) : task_(handler.tracked_task()) {
    if (__builtin_expect(task_ != 0, 0) && handler.tracked_place() != nullptr)
      leave(*handler.tracked_place());
  }
  // Nobody ran it, or its handler was left by an exception.
  ~Completion() {
    if (__builtin_expect(task_ != 0, 0)) end_unexpectedly(task_, given_);
  }
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;

  // The handler is about to run, with what it is given. A signal's number, a resolver's results say nothing of the outcome;
  // a size is that of what was transferred.
  void begin() {
    if (__builtin_expect(task_ == 0, 1)) return;
    outcome_.outcome = LOOPSCOPE_OUTCOME_OK;
    given_ = Given::no_bytes();
    loopscope_span_begin(task_);
  }
  template <class ErrorCode>
  void begin(const ErrorCode& error) {
    if (__builtin_expect(task_ == 0, 1)) return;
    outcome_ = outcome_of(error);
    given_ = Given::no_bytes();
    loopscope_span_begin(task_);
  }
  template <class ErrorCode, class Result>
  void begin(const ErrorCode& error, const Result&) {
    begin(error);
  }
  template <class ErrorCode>
  void begin(const ErrorCode& error, const std::size_t& bytes) {
    if (__builtin_expect(task_ == 0, 1)) return;
    outcome_ = outcome_of(error);
    if (__builtin_expect(outcome_.outcome == LOOPSCOPE_OUTCOME_OK, 1)) outcome_.outcome = kOkWithBytes;
    given_ = Given::bytes(bytes);
    loopscope_span_begin(task_);
  }

  void end() {
    if (__builtin_expect(task_ == 0, 1)) return;
    if (__builtin_expect(outcome_.outcome == LOOPSCOPE_OUTCOME_OK, 1)) {
      loopscope_span_end_finished(task_);
    } else if (__builtin_expect(outcome_.outcome == kOkWithBytes, 1)) {
      loopscope_span_end_finished_bytes(task_, given_.count());
    } else {
      end_failed(task_, outcome_, given_);
    }
    task_ = 0;
  }

 private:
  // None of the agent's: asked for behind the others' only question.
  static const loopscope_outcome kOkWithBytes = static_cast<loopscope_outcome>(0);

  loopscope_task task_;
  Given given_;
  Outcome outcome_;
};

// ---- readiness -------------------------------------------------------------------------------------------

// HANDLER_REACTOR_REGISTRATION: also while nothing is recorded, since a recording may begin later.
template <class Context>
inline void reactor_registration(Context&, std::uintmax_t descriptor, std::uintmax_t registration) {
  One<Registrations>::object.set(descriptor, registration);
}

// HANDLER_REACTOR_EVENTS: the kernel has told that the descriptor can be read or written; the operations run once it is
// their turn.
__attribute__((noinline)) inline void ready(const void* object, unsigned directions) {
  One<WaitingTasks>::object.for_each(object, [directions](WaitingPlace& place, WaitingTask task) {
    if ((task.waits_for() & directions) == 0 || task.is_told_ready()) return;
    if (place.replace(task, task.told_ready())) loopscope_task_ready(task.task());
  });
}

template <class Context>
inline void reactor_events(Context&, std::uintmax_t registration, unsigned directions) {
  if (__builtin_expect(!loopscope_recording(), 1)) return;
  ready(reinterpret_cast<const void*>(static_cast<std::uintptr_t>(registration)), directions);
}

// HANDLER_REACTOR_OPERATION: one try at the system call. One that has to be tried again was not ready after all; one
// that is done and that no readiness can find is told so here.
template <class ErrorCode>
inline void reactor_operation(const TrackedHandler& handler, const char*, const ErrorCode& error) {
  if (__builtin_expect(handler.tracked_task() == 0 || !loopscope_recording(), 1)) return;
  const bool goes_on = error.value() == EAGAIN || error.value() == EWOULDBLOCK;
  if (handler.tracked_place() != nullptr) {
    if (goes_on) handler.tracked_place()->wait_on();
  } else if (!goes_on) {
    loopscope_task_ready(handler.tracked_task());
  }
}
template <class ErrorCode>
inline void reactor_operation(const TrackedHandler& handler, const char* call, const ErrorCode& error,
                              std::size_t) {
  reactor_operation(handler, call, error);
}

// ---- cancellation ----------------------------------------------------------------------------------------

// HANDLER_OPERATION, told before it happens: an object is closed, or what it waits for is cancelled. Its tasks are run
// next, with operation_aborted; a resolver's only once the resolver has answered.
__attribute__((noinline)) inline void cancel(const void* object, const char* kind, const char* operation) {
  const loopscope_site site = One<SiteTable>::object.find(kind, operation, nullptr).site;
  const bool only_oldest = std::strcmp(operation, "cancel_one") == 0;
  const bool ends_at_once = std::strcmp(kind, "resolver") != 0;
  loopscope_task oldest = UINT64_MAX;
  if (only_oldest) {
    One<WaitingTasks>::object.for_each(object, [&oldest](WaitingPlace&, WaitingTask task) {
      if (task.task() < oldest) oldest = task.task();
    });
  }
  One<WaitingTasks>::object.for_each(object, [=](WaitingPlace& place, WaitingTask task) {
    if (only_oldest && task.task() != oldest) return;
    loopscope_cancel_requested(task.task(), site);
    if (ends_at_once && !task.is_told_ready() && place.replace(task, task.told_ready()))
      loopscope_task_ready(task.task());
  });
}

template <class Context>
inline void object_operation(Context&, const char* kind, const void* object, std::uintmax_t descriptor,
                             const char* operation) {
  if (__builtin_expect(!loopscope_recording(), 1)) return;
  const bool is_registered = std::strcmp(kind, "socket") == 0 || std::strcmp(kind, "descriptor") == 0;
  cancel(is_registered ? One<Registrations>::object.name_of(descriptor, object) : object, kind, operation);
}

}  // namespace LOOPSCOPE_ASIO_SHARED
}  // namespace loopscope
#endif
