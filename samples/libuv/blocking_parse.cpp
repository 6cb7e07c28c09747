// A big document parsed in a callback: everybody else waits until it is done.
//
//   loopscope record -- blocking_parse [times]        (5 if not said)
#include <uv.h>

#include <nlohmann/json.hpp>

#include "samples/libuv/catalog.h"
#include "samples/libuv/sample.h"

namespace {

constexpr uint64_t kPeriodMs = 101;

struct Shop {
  Sample sample;
  std::string text = catalog_text();
  nlohmann::json catalog{};
  int updates = 0;
};

void on_update(uv_timer_t* timer) {
  auto* shop = static_cast<Shop*>(timer->data);
  shop->sample.block_begins();
  shop->catalog = nlohmann::json::parse(shop->text);  // the block
  shop->sample.block_ends();
  if (++shop->updates == shop->sample.times()) uv_close(reinterpret_cast<uv_handle_t*>(timer), nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  Shop shop{Sample(argc, argv, 5)};
  uv_timer_t timer{};
  timer.data = &shop;
  uv_timer_init(uv_default_loop(), &timer);
  uv_timer_start(&timer, on_update, kPeriodMs, kPeriodMs);
  return shop.sample.run(uv_default_loop());
}
