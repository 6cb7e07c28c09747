// The healthy twin of blocking_spin: a piece at a time, and the loop turns between two of them.
//
//   loopscope record -- healthy_spin [times]        (7 if not said)
#include <uv.h>

#include <algorithm>
#include <vector>

#include "samples/libuv/sample.h"

namespace {

constexpr uint64_t kPeriodMs = 101;
constexpr size_t kPieceBytes = 256 << 10;  // some 400 us

struct Backup {
  Sample sample;
  std::vector<uint8_t> image = std::vector<uint8_t>(29 << 20, 23);
  size_t done_bytes = 0;
  uint32_t sum = 0;
  uint32_t checksum = 0;
  uv_timer_t timer{};
  uv_idle_t idle{};
  int checks = 0;
};

void end_check(Backup* backup) {
  backup->checksum = backup->sum;
  uv_idle_stop(&backup->idle);
  if (++backup->checks < backup->sample.times()) return;
  uv_close(reinterpret_cast<uv_handle_t*>(&backup->timer), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&backup->idle), nullptr);
}

// FNV-1a: each byte waits for the one before it.
void check_piece(uv_idle_t* idle) {
  auto* backup = static_cast<Backup*>(idle->data);
  const size_t end = std::min(backup->done_bytes + kPieceBytes, backup->image.size());
  uint32_t sum = backup->sum;
  for (size_t i = backup->done_bytes; i < end; ++i) sum = (sum ^ backup->image[i]) * 16777619u;
  backup->sum = sum;
  backup->done_bytes = end;
  if (end == backup->image.size()) end_check(backup);
}

void on_check(uv_timer_t* timer) {
  auto* backup = static_cast<Backup*>(timer->data);
  if (uv_is_active(reinterpret_cast<uv_handle_t*>(&backup->idle))) return;
  backup->done_bytes = 0;
  backup->sum = 2166136261u;
  uv_idle_start(&backup->idle, check_piece);
}

}  // namespace

int main(int argc, char** argv) {
  Backup backup{Sample(argc, argv, 7)};
  backup.timer.data = backup.idle.data = &backup;
  uv_timer_init(uv_default_loop(), &backup.timer);
  uv_idle_init(uv_default_loop(), &backup.idle);
  uv_timer_start(&backup.timer, on_check, kPeriodMs, kPeriodMs);
  const int status = backup.sample.run(uv_default_loop());
  fprintf(stderr, "checksum %08x\n", backup.checksum);
  return status;
}
