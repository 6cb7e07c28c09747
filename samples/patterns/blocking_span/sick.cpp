// blocking-span: a callback computes 101 ms, seven times.
#include <cstdio>

#include "samples/patterns/periodic.h"
#include "samples/patterns/truth.h"

namespace {

std::uint64_t blocked_ns = 0;
unsigned planted_line = 0;
std::uint32_t checksum = 0;

void verify() {
  const std::uint64_t begin = uv_hrtime();
  for (std::uint32_t i = 0; (i & 1023) != 0 || uv_hrtime() - begin < 101'000'000; ++i) {
    planted_line = __LINE__ + 1;
    checksum = (checksum ^ i) * 16777619u;  // the mistake
  }
  blocked_ns += uv_hrtime() - begin;
}

}  // namespace

int main() {
  patterns::every(199, 7, verify);
  patterns::Truth(planted_line).count("stalls", 7).ms("blocked_total", blocked_ns).print();
  std::fprintf(stderr, "checksum %08x\n", checksum);
  return 0;
}
