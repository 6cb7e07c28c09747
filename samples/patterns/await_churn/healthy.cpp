// The same stream: one coroutine a batch, a plain function an item.
#include <cstdio>

#include "samples/patterns/await_churn/items.h"
#include "samples/patterns/coroutines.h"

namespace {

using namespace patterns;

Task<std::uint32_t> checksum_of_batch() {
  std::uint32_t sum = 0;
  for (std::uint32_t item = 0; item < kItemsOfBatch; ++item) sum += checksum(item);
  co_return sum;
}

Detached receive(std::uint32_t& sum, std::uint64_t& took_ns) {
  for (std::uint32_t batch = 0; batch < kBatches; ++batch) {
    const std::uint64_t begin = uv_hrtime();
    sum += co_await checksum_of_batch();
    took_ns += uv_hrtime() - begin;
    co_await after(1);
  }
}

}  // namespace

int main() {
  std::uint32_t sum = 0;
  std::uint64_t took_ns = 0;
  receive(sum, took_ns);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  std::printf("{\"planted_line\": 0, \"tasks\": %u, \"took_ms\": %.3f, \"sum\": %u}\n", kBatches,
              static_cast<double>(took_ns) / 1e6, sum);
}
