// Each order asks for its prices one by one, each after the answer to the one before: 11 times 11 to 21 ms, where 21 would
// do.
#include "samples/patterns/sequential_awaits/shop.h"

namespace {

using namespace patterns;

constexpr unsigned kLine = __LINE__ + 6;

Task<int> sum_of(Clock& clock) {
  int sum = 0;
  for (int thing = 0; thing < kThings; ++thing) {
    const std::uint64_t asked = clock.now();
    sum += co_await price_of(thing);  // the line to be found
    clock.waited(asked);
  }
  clock.order_done();
  co_return sum;
}

Detached answer(Clock& clock) { (void)co_await sum_of(clock); }

Detached take_orders(Clock& clock) {
  for (int order = 0; order < kOrders; ++order) {
    answer(clock);
    co_await after(41);
  }
}

}  // namespace

int main() {
  Clock clock;
  take_orders(clock);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  std::printf(
      "{\"planted_line\": %u, \"awaits\": %d, \"waiters\": %d, \"waited_total\": %.3f, \"longest_total\": "
      "%.3f}\n",
      kLine, kOrders * kThings, kOrders, clock.total_ms(), clock.longest_total_ms());
}
