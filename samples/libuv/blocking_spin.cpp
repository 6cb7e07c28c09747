// A handler that computes until it is done.
//
//   loopscope record -- blocking_spin [times]        (7 if not said)
#include <uv.h>

#include <vector>

#include "samples/libuv/sample.h"

namespace {

constexpr uint64_t kPeriodMs = 101;

struct Backup {
  Sample sample;
  std::vector<uint8_t> image = std::vector<uint8_t>(29 << 20, 23);
  uint32_t checksum = 0;
  int checks = 0;
};

// FNV-1a: each byte waits for the one before it.
void on_check(uv_timer_t* timer) {
  auto* backup = static_cast<Backup*>(timer->data);
  uint32_t sum = 2166136261u;
  backup->sample.block_begins();
  for (const uint8_t byte : backup->image) sum = (sum ^ byte) * 16777619u;  // the block
  backup->sample.block_ends();
  backup->checksum = sum;
  if (++backup->checks == backup->sample.times()) uv_close(reinterpret_cast<uv_handle_t*>(timer), nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  Backup backup{Sample(argc, argv, 7)};
  uv_timer_t timer{};
  timer.data = &backup;
  uv_timer_init(uv_default_loop(), &timer);
  uv_timer_start(&timer, on_check, kPeriodMs, kPeriodMs);
  const int status = backup.sample.run(uv_default_loop());
  fprintf(stderr, "checksum %08x\n", backup.checksum);
  return status;
}
