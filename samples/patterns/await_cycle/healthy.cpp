// The same parts, of which the index reads its pages by itself: all open, one after the other, and every request is
// answered, those that came before the cache was open as well.
#include <cstdio>

#include "samples/patterns/await_cycle/parts.h"
#include "samples/patterns/coroutines.h"

namespace {

using namespace patterns;

constexpr int kRequests = 7;

struct Service {
  Part cache;
  Part store;
  Part index;
};

Part open_cache(Service& service) {
  co_await after(3);
  co_await service.store;
}

Part open_store(Service& service) {
  co_await after(5);
  co_await service.index;
}

Part open_index() {
  co_await after(7);
  co_await after(101);
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

// Between its callbacks the loop resumes who waited.
Detached resume(const int& answered) {
  while (answered < kRequests) {
    co_await after(3);
    Part::resume_ready();
  }
}

}  // namespace

int main() {
  Service service;
  service.cache = open_cache(service);
  service.store = open_store(service);
  service.index = open_index();
  int answered = 0;
  serve(service, answered);
  resume(answered);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  std::printf("{\"planted_line\": 0, \"answered\": %d}\n", answered);
}
