// A scan that looks at all 997 files at once, where the store takes 29 at a time: it is no sooner done than with 29.
#include <cstdio>
#include <vector>

#include "samples/patterns/unbounded_fan_out/store.h"

namespace {

using namespace patterns;

Detached scan(Scan& scan) {
  std::vector<Task<>> files;
  for (int file = 0; file < kFiles; ++file) {
    files.push_back(scan.look_at(file));
    files.back().start();  // the fan-out
  }
  for (Task<>& file : files) co_await file;
}

}  // namespace

int main() {
  Scan files;
  scan(files);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  std::printf(
      "{\"planted_line\": %u, \"peak_at_once\": %d, \"started\": %d, \"bursts\": 1, \"suggested_limit\": "
      "%d}\n",
      Scan::kLine, files.peak, kFiles, Store::kAtATime);
}
