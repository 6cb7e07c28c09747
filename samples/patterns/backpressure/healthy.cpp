// The same feed, which stops taking prices in while its reader is behind: its queue never grows beyond the mark.
#include <uv.h>

#include <cstdint>
#include <cstdio>

#include "samples/patterns/backpressure/slow_reader.h"

namespace {

constexpr std::uint64_t kPriceEveryMs = 3;
constexpr std::uint64_t kLastsMs = 1709;
constexpr std::size_t kHighWater = 11 * kBlockBytes;
constexpr std::size_t kLowWater = 3 * kBlockBytes;

struct Feed {
  uv_pipe_t out{};
  uv_timer_t source{};
  char prices[kBlockBytes] = {};
  int written = 0;
  int taken = 0;
  int paused = 0;

  std::size_t queued() const {
    return uv_stream_get_write_queue_size(reinterpret_cast<const uv_stream_t*>(&out));
  }
};

void on_price(uv_timer_t* timer);

void on_written(uv_write_t* request, int status) {
  auto* feed = static_cast<Feed*>(request->data);
  feed->taken += status == 0;
  delete request;
  const bool is_paused = uv_is_active(reinterpret_cast<uv_handle_t*>(&feed->source)) == 0;
  if (is_paused && feed->queued() <= kLowWater)
    uv_timer_start(&feed->source, on_price, kPriceEveryMs, kPriceEveryMs);
}

void on_price(uv_timer_t* timer) {
  auto* feed = static_cast<Feed*>(timer->data);
  auto* request = new uv_write_t;
  request->data = feed;
  uv_buf_t block = uv_buf_init(feed->prices, sizeof feed->prices);
  uv_write(request, reinterpret_cast<uv_stream_t*>(&feed->out), &block, 1, on_written);
  ++feed->written;
  if (feed->queued() < kHighWater) return;
  ++feed->paused;
  uv_timer_stop(timer);
}

}  // namespace

int main() {
  uv_loop_t* loop = uv_default_loop();
  Feed feed;
  SlowReader reader(loop, feed.out);
  uv_timer_init(loop, &feed.source);
  feed.source.data = &feed;
  uv_timer_start(&feed.source, on_price, kPriceEveryMs, kPriceEveryMs);
  uv_timer_t end;
  uv_timer_init(loop, &end);
  uv_timer_start(
      &end, [](uv_timer_t* timer) { uv_stop(timer->loop); }, kLastsMs, 0);
  uv_run(loop, UV_RUN_DEFAULT);
  printf("{\"written\": %d, \"taken\": %d, \"pending\": %d, \"paused\": %d}\n", feed.written, feed.taken,
         feed.written - feed.taken, feed.paused);
  return 0;
}
