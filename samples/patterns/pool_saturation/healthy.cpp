// The same requests, on as many threads as fetch at once.
#include <uv.h>

#include <cstdlib>

#include "samples/patterns/pool_saturation/thumbnails.h"

namespace {

struct Server {
  Waits waits;
  int bursts = 0;
};

Server g_server;

void on_fetched(uv_work_t* work, int) {
  auto* one = static_cast<Thumbnail*>(work->data);
  g_server.waits.add(*one);
  delete one;
}

void on_requests(uv_timer_t* timer) {
  for (int i = 0; i < kBurst; ++i) {
    auto* one = new Thumbnail;
    one->work.data = one;
    one->asked_ns = uv_hrtime();
    uv_queue_work(timer->loop, &one->work, Thumbnail::fetch, on_fetched);
  }
  if (++g_server.bursts == kBursts) uv_close(reinterpret_cast<uv_handle_t*>(timer), nullptr);
}

}  // namespace

int main() {
  setenv("UV_THREADPOOL_SIZE", "11", 1);  // before the pool is first used
  uv_timer_t requests;
  uv_timer_init(uv_default_loop(), &requests);
  uv_timer_start(&requests, on_requests, kBurstEveryMs, kBurstEveryMs);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  g_server.waits.print(0, 11);
  return 0;
}
