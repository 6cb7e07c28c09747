// congestion: 53 timers are due at the same instant, seven times. Each callback takes 3 ms, all of them 159.
#include <cstdint>

#include "samples/patterns/periodic.h"
#include "samples/patterns/truth.h"
#include "samples/patterns/work.h"

namespace {

constexpr int kJobs = 53;
std::uint64_t blocked_ns = 0;
unsigned planted_line = 0;

void job(uv_timer_t* timer) {
  blocked_ns += patterns::compute_ms(3);
  patterns::close_and_delete(timer);
}

void start_all() {
  for (int i = 0; i < kJobs; ++i) {
    auto* timer = new uv_timer_t;
    uv_timer_init(uv_default_loop(), timer);
    planted_line = __LINE__ + 1;
    uv_timer_start(timer, job, 31, 0);  // the mistake
  }
}

}  // namespace

int main() {
  patterns::every(307, 7, start_all);
  patterns::Truth(planted_line).count("stalls", 7).ms("blocked_total", blocked_ns).print();
  return 0;
}
