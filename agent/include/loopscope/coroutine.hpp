// loopscope/coroutine.hpp: C++20 coroutines one by one, for who wants to choose which are recorded. To record all of
// a program's without a change to it, link the CMake target loopscope::coroutines instead (coroutine_traits.hpp).
//
//   struct Task {
//     struct Promise { ... };                                      // as ever
//     using promise_type = loopscope::RecordedPromise<Promise>;    // instead of naming Promise here
//     std::coroutine_handle<Promise> handle;                       // the same handles, as ever
//   };
//   co_await loopscope::waiting_for("the lock of the cache", lock.scoped_lock_async());
//
// Each frame is a task of kind "coroutine" whose site is the coroutine's function. It runs in spans, from resumption to
// suspension; a suspension is an await from the file and line of the co_await, on the task of the coroutine that is
// awaited, or on no task, with the awaited type's name (or the name given) as the site's. Without a span: never
// started. Outcomes: ok; error, when the body ends by an exception (the type's name); abandoned, when the frame is
// destroyed before its end.
//
// Promises. While nothing is recorded an await costs one load and a branch more. Nothing allocates, locks or throws;
// exceptions of the program's promises and awaiters go through. A frame grows by some 48 bytes, and by 16 an await that is kept
// in it. Threads:
// as for the program's own coroutine, one at a time.
#pragma once

#include <loopscope/coroutine/promise.hpp>

#include <utility>

namespace loopscope {

// A promise in the place of `Promise`, which it derives from or, if that is final, has as its first member: at the same
// address, so that std::coroutine_handle<Promise> fits the frame. Promises must come to the same place in the frame for
// that, which is checked at compile time. `Element`: of a generator, what it yields, where its promise has several
// yield_value: co_yield of what converts to it then makes an Element, as without this.
template <class Promise, class Element = coroutines::Nothing>
using RecordedPromise = typename coroutines::Choice<Promise, Element>::type;

// In a recorded coroutine: as `co_await awaitable`, with `name` for what is waited for instead of the type's name. The
// name is a literal, or lives as long as the program. Only within the co_await expression.
template <class Awaitable>
[[nodiscard]] coroutines::NamedWait<Awaitable> waiting_for(const char* name, Awaitable&& awaitable) {
  return {static_cast<Awaitable&&>(awaitable), name};
}

// Whether coroutine_traits.hpp records coroutines with that promise: all, but for those that say
//
//   template <> inline constexpr bool loopscope::kRecordsCoroutine<my::Promise> = false;
//
// or, inside of the promise, `using loopscope_unrecorded = void;`.
template <class Promise>
inline constexpr bool kRecordsCoroutine = true;

}  // namespace loopscope
