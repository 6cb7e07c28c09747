// A stream of items, each of which gets a coroutine of its own that waits for nothing: half a million frames are made,
// entered, left and given back for half a million multiplications.
#include <cstdio>

#include "samples/patterns/await_churn/items.h"
#include "samples/patterns/coroutines.h"

namespace {

using namespace patterns;

Task<std::uint32_t> checksum_of(std::uint32_t item) {  // the line to be found
  co_return checksum(item);
}

Detached receive(std::uint32_t& sum, std::uint64_t& took_ns) {
  for (std::uint32_t batch = 0; batch < kBatches; ++batch) {
    const std::uint64_t begin = uv_hrtime();
    for (std::uint32_t item = 0; item < kItemsOfBatch; ++item) sum += co_await checksum_of(item);
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
  std::printf("{\"planted_function\": \"checksum_of\", \"tasks\": %u}\n", kBatches * kItemsOfBatch);
  std::fprintf(stderr, "%.3f ms, sum %u\n", static_cast<double>(took_ns) / 1e6, sum);
}
