// loopscope/coroutine_traits.hpp: records every coroutine of a translation unit, without a change to it. To be included
// before all else: the CMake target loopscope::coroutines has the compiler do so (-include). What is recorded, and what
// that costs, stands in coroutine.hpp.
//
// It specialises std::coroutine_traits for every return type that has a promise_type and is allowed (kRecordsCoroutine),
// and for asio::awaitable, which has none: Boost's always; that of Asio by itself where ASIO_STANDALONE or
// LOOPSCOPE_STANDALONE_ASIO is defined, or Boost's is not there to be meant. (The name asio cannot be taken in every
// program: many have `namespace asio = boost::asio`.) A library's own specialisation for its types goes before this one: those
// coroutines are not recorded. Below C++20, and in C, it is empty.
#ifndef LOOPSCOPE_COROUTINE_TRAITS_HPP
#define LOOPSCOPE_COROUTINE_TRAITS_HPP

#if defined(__cplusplus) && __cplusplus >= 202002L && \
    (defined(__cpp_impl_coroutine) || defined(__cpp_coroutines))
#define LOOPSCOPE_COROUTINES 1

#include <loopscope/coroutine.hpp>

#include <coroutine>
#include <type_traits>

namespace loopscope::coroutines {

template <class Promise>
concept IsAllowed = kRecordsCoroutine<Promise> && !requires {
  typename Promise::loopscope_unrecorded;
};

// The frame that starts a thread of awaitables is one of Asio's that it knows the bytes of.
template <class Result, class EntryPoint>
concept IsAsioResult = !std::is_same_v<Result, EntryPoint>;

}  // namespace loopscope::coroutines

#define LOOPSCOPE_DECLARE_ASIO_FRAMES  \
  template <typename, typename>        \
  class awaitable;                     \
  namespace detail {                   \
  template <typename, typename>        \
  class awaitable_frame;               \
  struct awaitable_thread_entry_point; \
  }
#if !defined(LOOPSCOPE_STANDALONE_ASIO) && \
    (defined(ASIO_STANDALONE) || (__has_include(<asio/awaitable.hpp>) && !__has_include(<boost/asio/awaitable.hpp>)))
#define LOOPSCOPE_STANDALONE_ASIO 1
#endif
#ifdef LOOPSCOPE_STANDALONE_ASIO
namespace asio {
LOOPSCOPE_DECLARE_ASIO_FRAMES
}
#endif
namespace boost::asio {
LOOPSCOPE_DECLARE_ASIO_FRAMES
}
#undef LOOPSCOPE_DECLARE_ASIO_FRAMES

namespace std {

template <class Result, class... Parameters>
requires requires {
  typename Result::promise_type;
} && ::loopscope::coroutines::IsAllowed<typename Result::promise_type>
struct coroutine_traits<Result, Parameters...> {
  using promise_type =
      ::loopscope::RecordedPromise<typename Result::promise_type,
                                   typename ::loopscope::coroutines::ElementOf<Result>::type>;
};

#ifdef LOOPSCOPE_STANDALONE_ASIO
template <class Result, class Executor, class... Parameters>
requires ::loopscope::coroutines::IsAsioResult<Result, ::asio::detail::awaitable_thread_entry_point>
struct coroutine_traits<::asio::awaitable<Result, Executor>, Parameters...> {
  using promise_type = ::loopscope::RecordedPromise<::asio::detail::awaitable_frame<Result, Executor>>;
};
#endif

template <class Result, class Executor, class... Parameters>
requires ::loopscope::coroutines::IsAsioResult<Result, ::boost::asio::detail::awaitable_thread_entry_point>
struct coroutine_traits<::boost::asio::awaitable<Result, Executor>, Parameters...> {
  using promise_type = ::loopscope::RecordedPromise<::boost::asio::detail::awaitable_frame<Result, Executor>>;
};

}  // namespace std

#endif
#endif
