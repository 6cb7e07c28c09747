// The healthy twin of blocking_parse: a worker of libuv's pool parses, the callback takes what came of it.
//
//   loopscope record -- healthy_parse [times]        (5 if not said)
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
  nlohmann::json next_catalog{};  // the worker's, from uv_queue_work until on_parsed
  uv_work_t parsing{};
  bool is_parsing = false;
  int updates = 0;
};

// The old catalog goes here as well: taking a document apart takes nearly as long as making it.
void parse(uv_work_t* work) {
  auto* shop = static_cast<Shop*>(work->data);
  shop->next_catalog = nlohmann::json::parse(shop->text);
}

void on_parsed(uv_work_t* work, int) {
  auto* shop = static_cast<Shop*>(work->data);
  shop->catalog.swap(shop->next_catalog);
  shop->is_parsing = false;
}

void on_update(uv_timer_t* timer) {
  auto* shop = static_cast<Shop*>(timer->data);
  if (shop->is_parsing) return;
  shop->is_parsing = true;
  shop->parsing.data = shop;
  uv_queue_work(timer->loop, &shop->parsing, parse, on_parsed);
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
