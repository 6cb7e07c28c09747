// A promise that stands in the place of the program's: the compiler calls it, it tells the frame and hands through. At
// the same address as the program's own, so that the program's handles, promises and casts go on working. By derivation,
// or, where the program's promise is final, with it as the first member.
#pragma once

#include <loopscope/coroutine/awaiters.hpp>
#include <loopscope/coroutine/frame.hpp>
#include <loopscope/coroutine/named_wait.hpp>
#include <loopscope/coroutine/type_name.hpp>

#include <coroutine>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace loopscope::coroutines {

// Evaluated where the caller stands: that is what default arguments are for here.
#define LOOPSCOPE_PLACE_ARGUMENTS                                                   \
  const char *file = __builtin_FILE(), const char *function = __builtin_FUNCTION(), \
             int line = __builtin_LINE()
#define LOOPSCOPE_PLACE \
  ::loopscope::coroutines::Place { file, function, static_cast<std::uint32_t>(line) }

// Whether a coroutine with these parameters (as lvalues) makes its promise from them. An aggregate has no constructor,
// whatever a parenthesized initialisation may take.
template <class Promise, class... Parameters>
concept TakesParameters = sizeof...(Parameters) > 0 &&
                          !std::is_aggregate_v<Promise> && std::is_constructible_v<Promise, Parameters&...>;
template <class Promise>
concept IsDefaultMade = std::is_default_constructible_v<Promise>;

// Tells if the program's unhandled_exception() is left by the exception that it was to handle.
class HandingOver {
 public:
  explicit HandingOver(const Frame& frame) : frame_(&frame) {}
  HandingOver(const HandingOver&) = delete;
  HandingOver& operator=(const HandingOver&) = delete;
  ~HandingOver() {
    if (frame_ != nullptr) frame_->handed_to_resumer();
  }
  // It has come back: the frame may be gone.
  void returned() { frame_ = nullptr; }

 private:
  const Frame* frame_;
};

// An exception leaves unhandled_exception, and with it the coroutine, to whoever resumed it.
template <class Promise>
void hand_through_exception(Promise& promise,
                            Frame& frame) noexcept(noexcept(promise.unhandled_exception())) {
  frame.failed();
  if constexpr (noexcept(promise.unhandled_exception())) {
    promise.unhandled_exception();
  } else {
    HandingOver handing(frame);
    promise.unhandled_exception();
    handing.returned();
  }
}

template <class Promise>
auto initial_wait(Promise& promise, Frame& frame) {
  using Source = decltype(promise.initial_suspend());
  return AroundInitial<Promise, Source>(frame, [&]() -> decltype(auto) { return promise.initial_suspend(); });
}

template <class Promise>
auto final_wait(Promise& promise, Frame& frame) noexcept {
  frame.finished();
  using Source = decltype(promise.final_suspend());
  return AroundFinal<Promise, Source>([&]() -> decltype(auto) { return promise.final_suspend(); });
}

template <class Promise, class Awaitable>
concept TransformsAwait = requires(Promise& promise, Awaitable&& awaitable) {
  promise.await_transform(static_cast<Awaitable&&>(awaitable));
};

template <class Promise, class Awaitable>
auto await_wait(Promise& promise, Frame& frame, Awaitable&& awaitable, const char* name, const Place& place) {
  if (name == nullptr) name = type_name<std::remove_cvref_t<Awaitable>>();
  const loopscope_site site = frame.is_recorded() ? await_site(name, place) : 0;
  if constexpr (TransformsAwait<Promise, Awaitable>) {
    using Source = decltype(promise.await_transform(static_cast<Awaitable&&>(awaitable)));
    return AroundAwait<Promise, Source, Wait::await>(frame, site, [&]() -> decltype(auto) {
      return promise.await_transform(static_cast<Awaitable&&>(awaitable));
    });
  } else {
    return AroundAwait<Promise, Awaitable&&, Wait::await>(
        frame, site, [&]() -> decltype(auto) { return static_cast<Awaitable&&>(awaitable); });
  }
}

// Neither a template nor overloaded: its parameter's type is known, so that conversions and braces come out as in a call
// of the program's own.
template <class Promise>
concept HasOneYield = requires {
  &Promise::yield_value;
};
template <class Promise>
concept HasOneReturnValue = requires {
  &Promise::return_value;
};

template <class Result, class Class, class Value>
Value parameter_of(Result (Class::*)(Value));
template <class Result, class Class, class Value>
Value parameter_of(Result (Class::*)(Value) const);
template <class Result, class Class, class Value>
Value parameter_of(Result (Class::*)(Value) noexcept);
template <class Result, class Class, class Value>
Value parameter_of(Result (Class::*)(Value) const noexcept);

struct Nothing {};
template <class Promise>
struct OneYield {
  using Value = Nothing;
};
template <HasOneYield Promise>
struct OneYield<Promise> {
  using Value = decltype(parameter_of(&Promise::yield_value));
};

// Convertible to that type and to nothing else, which tells whether a function takes it without another conversion.
template <class Value>
struct OnlyRvalue {
  template <class Other>
  requires std::is_same_v<Other, Value>
  operator Other&&() const;
};
template <class Value>
struct OnlyLvalue {
  template <class Other>
  requires std::is_same_v<Other, Value>
  operator Other&() const;
};
template <class Promise, class Value>
concept Yields = requires(Promise& promise, Value value) {
  promise.yield_value(static_cast<Value>(value));
};

// What a conversion makes has to live as long as the co_yield, since promises keep its address: it must be made by the
// coroutine, for a parameter of the element's type, and not on the way from here to the program's promise.
template <class Promise, class Element, class Value>
concept YieldsConverted =
    !std::is_same_v<std::remove_cvref_t<Value>, Element> && std::is_convertible_v<Value, Element> &&
    Yields<Promise, OnlyRvalue<Element>> &&
    !Yields<Promise,
            std::conditional_t<std::is_lvalue_reference_v<Value>, OnlyLvalue<std::remove_reference_t<Value>>,
                               OnlyRvalue<std::remove_reference_t<Value>>>>;
template <class Promise, class Element, class Value>
concept YieldsAsItIs = !HasOneYield<Promise> && !std::is_same_v<std::remove_cvref_t<Value>, Element> &&
                       Yields<Promise, Value&&> && !YieldsConverted<Promise, Element, Value&&>;

// The element of a generator, as far as its type tells: generator<int>, generator<const std::string&>.
template <class Result>
struct ElementOf {
  using type = Nothing;
};
template <template <class...> class Generator, class First, class... Rest>
struct ElementOf<Generator<First, Rest...>> {
  using type = std::remove_cvref_t<First>;
};
template <template <class...> class Generator, class... Rest>
struct ElementOf<Generator<void, Rest...>> {
  using type = Nothing;
};

template <class Promise, class Value>
auto yield_wait(Promise& promise, Frame& frame, Value&& value, const Place& place) {
  const loopscope_site site = frame.is_recorded() ? await_site("co_yield", place) : 0;
  using Source = decltype(promise.yield_value(static_cast<Value&&>(value)));
  return AroundAwait<Promise, Source, Wait::yield>(
      frame, site, [&]() -> decltype(auto) { return promise.yield_value(static_cast<Value&&>(value)); });
}

// The compiler chooses among these as it would among the program's own. In the promise itself, where they hide those.
#define LOOPSCOPE_YIELDS(promise, frame)                                                                 \
  auto yield_value(typename OneYield<Promise>::Value value,                                              \
                   LOOPSCOPE_PLACE_ARGUMENTS) requires HasOneYield<Promise> {                            \
    using Value = typename OneYield<Promise>::Value;                                                     \
    return yield_wait<Promise, Value>(promise, frame, static_cast<Value&&>(value), LOOPSCOPE_PLACE);     \
  }                                                                                                      \
  auto yield_value(Element&& value, LOOPSCOPE_PLACE_ARGUMENTS) requires(                                 \
      !HasOneYield<Promise> && Yields<Promise, OnlyRvalue<Element>>) {                                   \
    return yield_wait<Promise, Element>(promise, frame, static_cast<Element&&>(value), LOOPSCOPE_PLACE); \
  }                                                                                                      \
  auto yield_value(Element& value, LOOPSCOPE_PLACE_ARGUMENTS) requires(                                  \
      !HasOneYield<Promise> && Yields<Promise, OnlyLvalue<Element>>) {                                   \
    return yield_wait<Promise, Element&>(promise, frame, value, LOOPSCOPE_PLACE);                        \
  }                                                                                                      \
  auto yield_value(const Element& value, LOOPSCOPE_PLACE_ARGUMENTS) requires(                            \
      !HasOneYield<Promise> && Yields<Promise, OnlyLvalue<const Element>>) {                             \
    return yield_wait<Promise, const Element&>(promise, frame, value, LOOPSCOPE_PLACE);                  \
  }                                                                                                      \
  template <class Value>                                                                                 \
  requires YieldsAsItIs<Promise, Element, Value>                                                         \
  auto yield_value(Value&& value, LOOPSCOPE_PLACE_ARGUMENTS) {                                           \
    return yield_wait<Promise, Value>(promise, frame, static_cast<Value&&>(value), LOOPSCOPE_PLACE);     \
  }

// Both views of a frame must agree on where the promise is: 16 bytes on, or at the next multiple of a larger alignment.
template <class Wrapped, class Promise>
inline constexpr bool kSamePlace = (alignof(Wrapped) <= 16 && alignof(Promise) <= 16) ||
                                   alignof(Wrapped) == alignof(Promise);

template <class Promise, class Element>
struct Derived : Promise {
  template <class... Parameters>
  requires TakesParameters<Promise, Parameters...>
  explicit Derived(Parameters&... parameters) : Promise(parameters...) {}
  Derived() requires IsDefaultMade<Promise> {}
  Derived(const Derived&) = delete;
  Derived& operator=(const Derived&) = delete;
  ~Derived() { loopscope_frame_.destroyed(loopscope_address()); }

  auto initial_suspend(LOOPSCOPE_PLACE_ARGUMENTS) {
    static_assert(kSamePlace<Derived, Promise>);
    loopscope_frame_.created(LOOPSCOPE_PLACE, loopscope_address());
    return initial_wait<Promise>(*this, loopscope_frame_);
  }
  auto final_suspend() noexcept { return final_wait<Promise>(*this, loopscope_frame_); }
  void unhandled_exception() noexcept(noexcept(std::declval<Promise&>().unhandled_exception())) {
    hand_through_exception<Promise>(*this, loopscope_frame_);
  }

  template <class Awaitable>
  auto await_transform(Awaitable&& awaitable, LOOPSCOPE_PLACE_ARGUMENTS) {
    return await_wait<Promise, Awaitable>(*this, loopscope_frame_, static_cast<Awaitable&&>(awaitable),
                                          nullptr, LOOPSCOPE_PLACE);
  }
  template <class Awaitable>
  auto await_transform(NamedWait<Awaitable>&& named, LOOPSCOPE_PLACE_ARGUMENTS) {
    return await_wait<Promise, Awaitable>(*this, loopscope_frame_, static_cast<Awaitable&&>(named.awaitable),
                                          named.name, LOOPSCOPE_PLACE);
  }
  LOOPSCOPE_YIELDS(*this, loopscope_frame_)

 private:
  void* loopscope_address() {
    return std::coroutine_handle<Promise>::from_promise(static_cast<Promise&>(*this)).address();
  }

  Frame loopscope_frame_;
};

// A final promise as a member. The compiler looks for names in a promise, and whether they are there decides what it
// does: so each that a promise may have is in a base that is there only where the program's own has it.
template <class Promise, class Element>
class Holding {
 public:
  template <class... Parameters>
  requires TakesParameters<Promise, Parameters...>
  explicit Holding(Parameters&... parameters) : own(parameters...) {}
  Holding() requires IsDefaultMade<Promise> {}
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;
  ~Holding() { frame_.destroyed(address()); }

  decltype(auto) get_return_object() { return own.get_return_object(); }
  auto initial_suspend(LOOPSCOPE_PLACE_ARGUMENTS) {
    static_assert(kSamePlace<Holding, Promise>);
    frame_.created(LOOPSCOPE_PLACE, address());
    return initial_wait<Promise>(own, frame_);
  }
  auto final_suspend() noexcept { return final_wait<Promise>(own, frame_); }
  void unhandled_exception() noexcept(noexcept(std::declval<Promise&>().unhandled_exception())) {
    hand_through_exception<Promise>(own, frame_);
  }
  template <class Awaitable>
  auto await_transform(Awaitable&& awaitable, LOOPSCOPE_PLACE_ARGUMENTS) {
    return await_wait<Promise, Awaitable>(own, frame_, static_cast<Awaitable&&>(awaitable), nullptr,
                                          LOOPSCOPE_PLACE);
  }
  template <class Awaitable>
  auto await_transform(NamedWait<Awaitable>&& named, LOOPSCOPE_PLACE_ARGUMENTS) {
    return await_wait<Promise, Awaitable>(own, frame_, static_cast<Awaitable&&>(named.awaitable), named.name,
                                          LOOPSCOPE_PLACE);
  }
  LOOPSCOPE_YIELDS(own, frame_)

 protected:
  Promise own;

 private:
  void* address() { return std::coroutine_handle<Promise>::from_promise(own).address(); }

  Frame frame_;
};

template <class Promise>
concept ReturnsVoid = requires(Promise& promise) {
  promise.return_void();
};
template <class Promise, class Element>
struct Returning : Holding<Promise, Element> {
  using Holding<Promise, Element>::Holding;
  // Braces name no type: then it is what the coroutine's type is of.
  template <class Value = Element>
  void return_value(Value&& value) requires requires(Promise& promise) {
    promise.return_value(static_cast<Value&&>(value));
  }
  { this->own.return_value(static_cast<Value&&>(value)); }
};
template <ReturnsVoid Promise, class Element>
struct Returning<Promise, Element> : Holding<Promise, Element> {
  using Holding<Promise, Element>::Holding;
  void return_void() { this->own.return_void(); }
};
template <HasOneReturnValue Promise, class Element>
struct Returning<Promise, Element> : Holding<Promise, Element> {
  using Holding<Promise, Element>::Holding;
  using Value = decltype(parameter_of(&Promise::return_value));
  void return_value(Value value) { this->own.return_value(static_cast<Value&&>(value)); }
};

template <class Promise>
concept AllocatesPlainly = requires(std::size_t size) {
  Promise::operator new(size);
};
template <class Promise>
concept AllocatesFromParameters = requires {
  &Promise::operator new;
}
|| AllocatesPlainly<Promise>;
template <class Promise>
concept FreesWithSize = requires(void* memory, std::size_t size) {
  Promise::operator delete(memory, size);
};

template <class Promise, class Element>
struct Allocating : Returning<Promise, Element> {
  using Returning<Promise, Element>::Returning;
};
template <AllocatesFromParameters Promise, class Element>
struct Allocating<Promise, Element> : Returning<Promise, Element> {
  using Returning<Promise, Element>::Returning;
  static void* operator new(std::size_t size) requires AllocatesPlainly<Promise> {
    return Promise::operator new(size);
  }
  template <class... Parameters>
  requires(sizeof...(Parameters) > 0) && requires(std::size_t size, Parameters&... parameters) {
    Promise::operator new(size, parameters...);
  }
  static void* operator new(std::size_t size, Parameters&... parameters) {
    return Promise::operator new(size, parameters...);
  }
  static void operator delete(void* memory, std::size_t size) {
    if constexpr (FreesWithSize<Promise>) {
      Promise::operator delete(memory, size);
    } else if constexpr (requires { Promise::operator delete(memory); }) {
      Promise::operator delete(memory);
    } else {
      ::operator delete(memory);
    }
  }
};

template <class Promise, class Element>
struct Composed : Allocating<Promise, Element> {
  using Allocating<Promise, Element>::Allocating;
};
template <class Promise, class Element>
requires requires { Promise::get_return_object_on_allocation_failure(); }
struct Composed<Promise, Element> : Allocating<Promise, Element> {
  using Allocating<Promise, Element>::Allocating;
  static decltype(auto) get_return_object_on_allocation_failure() {
    return Promise::get_return_object_on_allocation_failure();
  }
};

template <class Promise, class Element>
struct Choice {
  using type = Derived<Promise, Element>;
};
template <class Promise, class Element>
requires std::is_final_v<Promise>
struct Choice<Promise, Element> {
  using type = Composed<Promise, Element>;
};

}  // namespace loopscope::coroutines
