// The same with Asio: 16 functions run, 7 timers are due in an hour.
#include <loopscope/loopscope.h>

#include <asio.hpp>
#include <memory>
#include <vector>

int main(int argc, char** argv) {
  loopscope_options options = loopscope_options();
  options.size = sizeof options;
  options.trace_path = argc > 1 ? argv[1] : nullptr;
  if (loopscope_start(&options) != LOOPSCOPE_OK) return 1;
  asio::io_context context;
  std::vector<std::unique_ptr<asio::steady_timer>> timers;
  for (int i = 0; i < 7; ++i) {
    timers.emplace_back(new asio::steady_timer(context, std::chrono::hours(1)));
    timers.back()->async_wait([](std::error_code) {});
  }
  for (int i = 0; i < 16; ++i) asio::post(context, [] {});
  context.poll();
  return loopscope_stop() == LOOPSCOPE_OK ? 0 : 1;
}
