// Each order asks for all of its prices and takes the answers when they are there. Three other things look like the
// mistake and are none: a reader that needs each piece before it knows the next one, a poll every 53 ms, and workers that
// share a list of jobs, as many at a time as they are.
#include <vector>

#include "samples/patterns/sequential_awaits/shop.h"

namespace {

using namespace patterns;

constexpr int kJobs = 101;
constexpr int kWorkers = 7;
constexpr int kPieces = 31;
constexpr int kPolls = 17;

Task<int> sum_of(Clock& clock) {
  std::vector<Task<int>> prices;
  const std::uint64_t asked = clock.now();
  for (int thing = 0; thing < kThings; ++thing) {
    prices.push_back(price_of(thing));
    prices.back().start();
  }
  int sum = 0;
  for (Task<int>& price : prices) sum += co_await price;
  clock.waited(asked);
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

Task<int> read_piece(int piece) {
  co_await after(13);
  co_return piece + 1;
}
Detached copy_pieces() {
  for (int piece = 0; piece < kPieces;) piece = co_await read_piece(piece);
}

Detached poll() {
  for (int round = 0; round < kPolls; ++round) co_await after(53);
}

Task<int> job(int number) {
  co_await after(static_cast<std::uint64_t>(17 + number % 23));
  co_return number;
}
Detached work(int& next) {
  while (next < kJobs) (void)co_await job(next++);
}

}  // namespace

int main() {
  Clock clock;
  int next = 0;
  take_orders(clock);
  copy_pieces();
  poll();
  for (int worker = 0; worker < kWorkers; ++worker) work(next);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  std::printf("{\"planted_line\": 0, \"waited_total\": %.3f}\n", clock.total_ms());
}
