// The same scan by 29 workers, each of which takes the next file when it is done with one. Two other things look like the
// mistake and are none: 991 timers, which are due at their time however many there are, and 991 waits that scale: all of
// them are over together.
#include <cstdio>
#include <memory>
#include <vector>

#include "samples/patterns/unbounded_fan_out/store.h"

namespace {

using namespace patterns;

constexpr int kOthers = 991;

Detached work(Scan& scan, int& next) {
  while (next < kFiles) co_await scan.look_at(next++);
}

Task<> wait_for_news() {
  co_await after(503);
  co_return Nothing{};
}
Detached wait_for_all() {
  std::vector<Task<>> waits;
  for (int wait = 0; wait < kOthers; ++wait) {
    waits.push_back(wait_for_news());
    waits.back().start();
  }
  for (Task<>& wait : waits) co_await wait;
}

}  // namespace

int main() {
  Scan files;
  int next = 0;
  for (int worker = 0; worker < Store::kAtATime; ++worker) work(files, next);
  wait_for_all();
  std::vector<uv_timer_t> timers(kOthers);
  for (int timer = 0; timer < kOthers; ++timer) {
    uv_timer_init(uv_default_loop(), &timers[static_cast<std::size_t>(timer)]);
    uv_timer_start(
        &timers[static_cast<std::size_t>(timer)], [](uv_timer_t*) {},
        static_cast<std::uint64_t>(3 + timer / 2), 0);
  }
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  std::printf("{\"planted_line\": 0, \"peak_at_once\": %d}\n", files.peak);
}
