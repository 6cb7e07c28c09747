// The twin of congestion: the same jobs, 5 ms apart, so that the loop comes round between them.
#include "samples/patterns/periodic.h"
#include "samples/patterns/work.h"

namespace {

void job(uv_timer_t* timer) {
  patterns::compute_ms(3);
  patterns::close_and_delete(timer);
}

void start_all() {
  for (int i = 0; i < 53; ++i) {
    auto* timer = new uv_timer_t;
    uv_timer_init(uv_default_loop(), timer);
    uv_timer_start(timer, job, 5 * static_cast<std::uint64_t>(i) + 1, 0);
  }
}

}  // namespace

int main() {
  patterns::every(307, 7, start_all);
  return 0;
}
