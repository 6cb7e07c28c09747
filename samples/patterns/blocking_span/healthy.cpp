// The twin of blocking-span: the same work on a thread of the pool.
#include "samples/patterns/periodic.h"
#include "samples/patterns/work.h"

namespace {

void compress() {
  auto* work = new uv_work_t;
  uv_queue_work(
      uv_default_loop(), work, [](uv_work_t*) { patterns::compute_ms(101); },
      [](uv_work_t* done, int) { delete done; });
}

}  // namespace

int main() {
  patterns::every(199, 7, compress);
  return 0;
}
