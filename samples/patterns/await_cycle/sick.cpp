// The cache is filled from the store, the store needs the index, and the index wants the cache for its pages: none of the
// three ever opens, and whoever needs the cache waits behind them.
#include <cstdio>

#include "samples/patterns/await_cycle/parts.h"
#include "samples/patterns/coroutines.h"

namespace {

using namespace patterns;

constexpr int kRequests = 7;
constexpr unsigned kLine = __LINE__ + 22;

struct Service {
  Part cache;
  Part store;
  Part index;
  std::uint64_t closed_ns = 0;
};

Part open_cache(Service& service) {
  co_await after(3);
  co_await service.store;
}

Part open_store(Service& service) {
  co_await after(5);
  co_await service.index;
}

Part open_index(Service& service) {
  co_await after(7);
  service.closed_ns = uv_hrtime();
  co_await service.cache;  // the line to be found
}

Detached answer(Service& service, int& answered) {
  co_await service.cache;
  ++answered;
}

Detached serve(Service& service, int& answered) {
  for (int request = 0; request < kRequests; ++request) {
    answer(service, answered);
    co_await after(23);
  }
  co_await after(311);
}

}  // namespace

int main() {
  Service service;
  service.cache = open_cache(service);
  service.store = open_store(service);
  service.index = open_index(service);
  int answered = 0;
  serve(service, answered);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  std::printf(
      "{\"planted_line\": %u, \"cycle_length\": 3, \"cycles\": 1, \"tasks_in_cycles\": 3, "
      "\"wait_behind_them\": %d, "
      "\"stuck_for\": %.3f}\n",
      kLine, kRequests - answered, static_cast<double>(uv_hrtime() - service.closed_ns) / 1e6);
}
