// Coroutines of Asio, none of which knows of loopscope: a few come to their end, three wait in a chain for a timer of an
// hour, and one for a socket that nobody writes to. Compiled with standalone Asio or Boost's.
#ifdef WITH_BOOST
#include <boost/asio.hpp>
namespace asio = boost::asio;
#else
#include <asio.hpp>
#endif

#include <chrono>
#include <cstdio>

namespace {

using asio::awaitable;
using asio::use_awaitable;

awaitable<int> add(int a, int b) { co_return a + b; }

awaitable<int> count(int most) {
  int sum = 0;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (int i = 1; i <= most; ++i) {
    timer.expires_after(std::chrono::microseconds(101));
    co_await timer.async_wait(use_awaitable);
    sum = co_await add(sum, i);
  }
  co_return sum;
}

awaitable<void> innermost(asio::steady_timer& timer) {
  co_await timer.async_wait(use_awaitable);  // innermost waits
}
awaitable<void> middle(asio::steady_timer& timer) {
  co_await innermost(timer);  // middle waits
}
awaitable<void> outermost(asio::steady_timer& timer) {
  co_await middle(timer);  // outermost waits
}

awaitable<void> reader(asio::ip::tcp::socket& socket) {
  char bytes[7];
  co_await asio::async_read(socket, asio::buffer(bytes), use_awaitable);  // reader waits
}

}  // namespace

int main() {
  asio::io_context loop;
  asio::steady_timer timer(loop, std::chrono::hours(1));
  asio::ip::tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  asio::ip::tcp::socket left(loop), right(loop);
  left.connect(acceptor.local_endpoint());
  acceptor.accept(right);

  for (int i = 0; i < 5; ++i) asio::co_spawn(loop, outermost(timer), asio::detached);
  asio::co_spawn(loop, reader(right), asio::detached);
  int sum = 0;
  asio::co_spawn(loop, count(23), [&sum, &loop](std::exception_ptr, int result) {
    sum = result;
    loop.stop();
  });
  loop.run();
  std::printf("%d\n", sum);
  // Before destructors take the waiting ones with them.
  std::fflush(stdout);
  std::_Exit(0);
}
