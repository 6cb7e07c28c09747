// A feed that sends prices as they come, whatever its reader takes: what is not taken piles up in its own memory.
#include <uv.h>

#include <cstdint>
#include <cstdio>

#include "samples/patterns/backpressure/slow_reader.h"

namespace {

constexpr std::uint64_t kPriceEveryMs = 3;
constexpr std::uint64_t kLastsMs = 1709;

struct Feed {
  uv_pipe_t out{};
  char prices[kBlockBytes] = {};
  int written = 0;
  int taken = 0;
};

int g_planted_line = 0;

void on_written(uv_write_t* request, int status) {
  auto* feed = static_cast<Feed*>(request->data);
  feed->taken += status == 0;
  delete request;
}

void on_price(uv_timer_t* timer) {
  auto* feed = static_cast<Feed*>(timer->data);
  auto* request = new uv_write_t;
  request->data = feed;
  uv_buf_t block = uv_buf_init(feed->prices, sizeof feed->prices);
  g_planted_line = __LINE__ + 1;
  uv_write(request, reinterpret_cast<uv_stream_t*>(&feed->out), &block, 1, on_written);  // the mistake
  ++feed->written;
}

}  // namespace

int main() {
  uv_loop_t* loop = uv_default_loop();
  Feed feed;
  SlowReader reader(loop, feed.out);
  uv_timer_t source;
  uv_timer_init(loop, &source);
  source.data = &feed;
  uv_timer_start(&source, on_price, kPriceEveryMs, kPriceEveryMs);
  uv_timer_t end;
  uv_timer_init(loop, &end);
  uv_timer_start(
      &end, [](uv_timer_t* timer) { uv_stop(timer->loop); }, kLastsMs, 0);
  uv_run(loop, UV_RUN_DEFAULT);
  printf("{\"planted_line\": %d}\n", g_planted_line);
  fprintf(stderr, "written %d, taken %d\n", feed.written, feed.taken);
  return 0;  // with the queue as it is
}
