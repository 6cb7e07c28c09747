// blocking-call: a callback sleeps until a device is ready, 43 ms, eleven times.
#include <unistd.h>

#include "samples/patterns/periodic.h"
#include "samples/patterns/truth.h"

namespace {

std::uint64_t blocked_ns = 0;
unsigned planted_line = 0;

void read_sensor() {
  const std::uint64_t begin = uv_hrtime();
  planted_line = __LINE__ + 1;
  usleep(43'000);  // the mistake
  blocked_ns += uv_hrtime() - begin;
}

}  // namespace

int main() {
  patterns::every(101, 11, read_sensor);
  patterns::Truth(planted_line).count("stalls", 11).ms("blocked_total", blocked_ns).print();
  return 0;
}
