// Awaiters that stand around the program's own: they tell the frame when it is suspended and when it goes on, and hand
// everything through, with the handle that the program's awaiter expects. Host threads, inside of co_await.
#pragma once

#include <loopscope/coroutine/frame.hpp>

#include <coroutine>
#include <type_traits>
#include <utility>

// clang up to 16 may keep a local variable of an inlined await_suspend in the coroutine's frame, which can be gone
// (llvm-project issue 56301).
#if defined(__clang__)
#define LOOPSCOPE_AWAIT_SUSPEND [[gnu::noinline]]
#else
#define LOOPSCOPE_AWAIT_SUSPEND
#endif

namespace loopscope::coroutines {

template <class A>
concept HasMemberCoAwait = requires(A&& a) {
  static_cast<A&&>(a).operator co_await();
};
template <class A>
concept HasFreeCoAwait = requires(A&& a) {
  operator co_await(static_cast<A&&>(a));
};

// As co_await does it.
template <class A>
constexpr decltype(auto) awaiter_of(A&& awaitable) {
  if constexpr (HasMemberCoAwait<A>) {
    return static_cast<A&&>(awaitable).operator co_await();
  } else if constexpr (HasFreeCoAwait<A>) {
    return operator co_await(static_cast<A&&>(awaitable));
  } else {
    return static_cast<A&&>(awaitable);
  }
}
template <class A>
using AwaiterOf = decltype(awaiter_of(std::declval<A>()));

// What the program's co_await would have kept alive: the awaiter, and a temporary that it was got from. `Source` is a
// reference type for what lives elsewhere, else the type of the temporary. `make` gives it.
template <class Source, class = void>
struct Kept {
  template <class Make>
  explicit Kept(Make make) : awaiter(awaiter_of(make())) {}
  AwaiterOf<Source> awaiter;
};
// A temporary that is its own awaiter.
template <class Source>
struct Kept<Source, std::enable_if_t<!std::is_reference_v<Source> && !HasMemberCoAwait<Source> &&
                                     !HasFreeCoAwait<Source>>> {
  template <class Make>
  explicit Kept(Make make) : awaiter(make()) {}
  Source awaiter;
};
template <class Source>
struct Kept<Source, std::enable_if_t<!std::is_reference_v<Source> &&
                                     (HasMemberCoAwait<Source> || HasFreeCoAwait<Source>)>> {
  template <class Make>
  explicit Kept(Make make) : source(make()), awaiter(awaiter_of(static_cast<Source&&>(source))) {}
  Source source;
  AwaiterOf<Source> awaiter;
};

// `Promise` is the program's own.
template <class Promise, class Source>
struct Around {
  using Handle = std::coroutine_handle<Promise>;

  template <class Make>
  Around(Frame& own, Make make) : kept(std::move(make)), frame(&own) {}

  bool await_ready() noexcept(noexcept(kept.awaiter.await_ready())) {
    return static_cast<bool>(kept.awaiter.await_ready());
  }

  Kept<Source> kept;
  Frame* frame;
};

// Of initial_suspend: the coroutine begins when it is over.
template <class Promise, class Source>
struct AroundInitial : Around<Promise, Source> {
  using Base = Around<Promise, Source>;
  using Base::Base;

  auto await_suspend(std::coroutine_handle<> handle) noexcept(
      noexcept(Base::kept.awaiter.await_suspend(typename Base::Handle()))) {
    return this->kept.awaiter.await_suspend(Base::Handle::from_address(handle.address()));
  }
  decltype(auto) await_resume() noexcept(noexcept(Base::kept.awaiter.await_resume())) {
    this->frame->runs();
    return this->kept.awaiter.await_resume();
  }
};

// Of final_suspend: all is told already, and no exception may come from it.
template <class Promise, class Source>
struct AroundFinal {
  template <class Make>
  explicit AroundFinal(Make make) noexcept : kept(std::move(make)) {}

  bool await_ready() noexcept { return static_cast<bool>(kept.awaiter.await_ready()); }
  auto await_suspend(std::coroutine_handle<> handle) noexcept {
    return kept.awaiter.await_suspend(std::coroutine_handle<Promise>::from_address(handle.address()));
  }
  void await_resume() noexcept { kept.awaiter.await_resume(); }

  [[no_unique_address]] Kept<Source> kept;
};

enum class Wait { await, yield };

// Of co_await and co_yield.
template <class Promise, class Source, Wait kWait>
struct AroundAwait : Around<Promise, Source> {
  using Base = Around<Promise, Source>;

  template <class Make>
  AroundAwait(Frame& own, loopscope_site place, Make make) : Base(own, std::move(make)), site(place) {}

  // What is over already is not waited for. That it was met is told once a coroutine.
  bool await_ready() noexcept(noexcept(Base::kept.awaiter.await_ready())) {
    const bool is_ready = static_cast<bool>(this->kept.awaiter.await_ready());
    if constexpr (kWait == Wait::await) {
      const Frame& own = *this->frame;
      if (is_ready && own.is_recorded()) [[unlikely]]
        own.met(task_inside<Sought::unmet>(this->kept.awaiter, own.task()), site);
    }
    return is_ready;
  }

  // Behind the program's own await_suspend nothing of this frame may be touched.
  LOOPSCOPE_AWAIT_SUSPEND auto await_suspend(std::coroutine_handle<> handle) noexcept(
      noexcept(Base::kept.awaiter.await_suspend(typename Base::Handle()))) {
    const auto own_handle = Base::Handle::from_address(handle.address());
    Frame& own = *this->frame;
    if (!own.is_recorded()) {
      own.stops_running();
      return this->kept.awaiter.await_suspend(own_handle);
    }
    // Who yields waits for nobody in particular: whom its awaiter holds and resumes is its consumer.
    constexpr bool kAwaits = kWait == Wait::await;
    const loopscope_task awaited = kAwaits ? task_inside(this->kept.awaiter, own.task()) : 0;
    own.waits(awaited, site);
    SuspendingScope scope(own, kAwaits ? Suspending{own.task(), awaited, site} : Suspending{});
    if constexpr (std::is_void_v<decltype(this->kept.awaiter.await_suspend(own_handle))>) {
      this->kept.awaiter.await_suspend(own_handle);
      scope.returned();
    } else {
      auto next = this->kept.awaiter.await_suspend(own_handle);
      scope.returned();
      return next;
    }
  }
  decltype(auto) await_resume() noexcept(noexcept(Base::kept.awaiter.await_resume())) {
    this->frame->runs();
    return this->kept.awaiter.await_resume();
  }

  loopscope_site site;
};

}  // namespace loopscope::coroutines
