// Coroutines of Asio that wait: some for a timer, some for an operation that forgets who asked for it, with all that leads
// to them. Then it ends at once, while all of them wait. Compiled for Asio by itself and for Boost's.
#ifdef WITH_BOOST
#include <boost/asio.hpp>
namespace asio = boost::asio;
using error_code = boost::system::error_code;
#else
#include <asio.hpp>
using error_code = asio::error_code;
#endif

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace {

using asio::awaitable;
using asio::use_awaitable;

// Its handler is put away and never found again.
template <class Token>
auto async_forget(Token&& token) {
  return asio::async_initiate<Token, void(error_code)>(
      [](auto handler) {
        using Handler = decltype(handler);
        auto kept = std::make_unique<Handler>(std::move(handler));
        (void)kept.release();
      },
      token);
}

awaitable<void> lost() {
  co_await async_forget(use_awaitable);  // lost waits
}
awaitable<void> waits_for_lost() {
  co_await lost();  // who waits for it
}
// What is on the stack below is overwritten: a slot that is not used again would remember one by chance.
[[gnu::noinline]] void sweep_stack() {
  volatile char bytes[64 * 1024];
  for (volatile char& byte : bytes) byte = 0;
}

// Who waits again and again has a loop.
void tick(asio::steady_timer& timer, int left) {
  if (left == 0) {
    std::printf("12 wait\n");
    std::fflush(stdout);
    sweep_stack();
    std::_Exit(29);
  }
  timer.expires_after(std::chrono::milliseconds(3));
  timer.async_wait([&timer, left](error_code) { tick(timer, left - 1); });
}

awaitable<void> held(asio::steady_timer& timer) {
  co_await timer.async_wait(use_awaitable);  // held waits
}

}  // namespace

int main() {
  asio::io_context loop;
  asio::steady_timer timer(loop, std::chrono::hours(1)), end(loop);
  for (int i = 0; i < 7; ++i) asio::co_spawn(loop, waits_for_lost(), asio::detached);
  for (int i = 0; i < 5; ++i) asio::co_spawn(loop, held(timer), asio::detached);
  tick(end, 23);
  loop.run();
}
