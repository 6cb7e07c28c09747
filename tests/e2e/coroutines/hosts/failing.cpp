// Coroutines of Asio that fail, none of which knows of loopscope: seven were given to asio::detached, which drops what they
// throw; five to a handler that is told; three are awaited by another coroutine. Compiled with standalone Asio or Boost's.
#ifdef WITH_BOOST
#include <boost/asio.hpp>
namespace asio = boost::asio;
constexpr int kVersion = BOOST_ASIO_VERSION;
#else
#include <asio.hpp>
constexpr int kVersion = ASIO_VERSION;
#endif

#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>

namespace {

using asio::awaitable;
using asio::use_awaitable;

awaitable<void> wait() {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(7));
  co_await timer.async_wait(use_awaitable);
}

awaitable<void> dropped() {  // dropped
  co_await wait();
  throw std::runtime_error("nobody is told");
}
awaitable<void> told() {
  co_await wait();
  throw std::runtime_error("the handler is told");
}
awaitable<void> awaited() {
  co_await wait();
  throw std::runtime_error("who awaits is told");
}
awaitable<void> awaits(int& caught) {
  for (int i = 0; i < 3; ++i) {
    try {
      co_await awaited();
    } catch (const std::runtime_error&) {
      ++caught;
    }
  }
}

}  // namespace

int main() {
  asio::io_context loop;
  int caught = 0;
  for (int i = 0; i < 7; ++i) asio::co_spawn(loop, dropped(), asio::detached);
  for (int i = 0; i < 5; ++i)
    asio::co_spawn(loop, told(), [&caught](const std::exception_ptr& error) { caught += error != nullptr; });
  asio::co_spawn(loop, awaits(caught), asio::detached);
  loop.run();
  // Since 1.19 the coroutine that co_spawn makes is one that is not recorded.
  std::printf("%d %s\n", caught, kVersion < 101900 ? "recorded" : "unrecorded");
}
