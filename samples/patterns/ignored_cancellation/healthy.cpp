// The same search, whose threads look at a flag before each folder: they end within one folder of being asked.
#include <uv.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <ctime>

namespace {

constexpr int kSearches = 7;
constexpr int kThreads = 3;
constexpr int kFolders = 37;

struct Search {
  uv_timer_t typing;
  uv_work_t threads[kThreads];
  int searches = 0;
  int running = 0;
  std::atomic<bool> is_given_up = false;
  std::uint64_t asked_ns = 0;
  std::uint64_t went_on_ns = 0;
};

void look_into_folder() {
  const timespec slow_disk = {0, 7'000'000};
  nanosleep(&slow_disk, nullptr);
}

void search(uv_work_t* thread) {
  const auto& all = *static_cast<Search*>(thread->data);
  for (int folder = 0; folder < kFolders && !all.is_given_up; ++folder) look_into_folder();
}

void begin(Search& all);

void ended(uv_work_t* thread, int) {
  auto& all = *static_cast<Search*>(thread->data);
  all.went_on_ns += uv_hrtime() - all.asked_ns;
  if (--all.running == 0 && all.searches < kSearches) begin(all);
}

void begin(Search& all) {
  ++all.searches;
  all.running = kThreads;
  all.is_given_up = false;
  for (uv_work_t& thread : all.threads) {
    thread.data = &all;
    uv_queue_work(uv_default_loop(), &thread, search, ended);
  }
  uv_update_time(uv_default_loop());
  uv_timer_start(
      &all.typing,
      [](uv_timer_t* timer) {
        auto& given_up = *static_cast<Search*>(timer->data);
        given_up.asked_ns = uv_hrtime();
        given_up.is_given_up = true;
        for (uv_work_t& thread : given_up.threads) uv_cancel(reinterpret_cast<uv_req_t*>(&thread));
      },
      31, 0);
}

}  // namespace

int main() {
  Search all;
  uv_timer_init(uv_default_loop(), &all.typing);
  all.typing.data = &all;
  begin(all);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  std::printf("{\"planted_line\": 0, \"went_on\": 0, \"asked_to_stop\": %d, \"together\": %.3f}\n",
              kSearches * kThreads, static_cast<double>(all.went_on_ns) / 1e6);
}
