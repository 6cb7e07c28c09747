// A transfer is given up at the first failure: its error is reported, and the other six parts are stored to the end, for
// a transfer that nobody wants any more.
#include <cstdio>

#include "samples/patterns/orphaned_siblings/group.h"

namespace {

using namespace patterns;

constexpr unsigned kLine = __LINE__ + 7;

Detached transfer(Truth& truth) {
  auto own = std::make_shared<Transfer>();
  std::vector<Task<>> parts;
  for (int part = 0; part < kParts; ++part) parts.push_back(store(own, truth, part));
  try {
    co_await Group(std::move(parts), Group::Until::first_failure);  // the line to be found
  } catch (const std::runtime_error&) {
    own->given_up = uv_hrtime();
    ++truth.given_up;
  }
}

Detached take_transfers(Truth& truth) {
  for (int number = 0; number < kTransfers; ++number) {
    transfer(truth);
    co_await after(37);
  }
}

}  // namespace

int main() {
  Truth truth;
  take_transfers(truth);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  std::printf(
      "{\"planted_line\": %u, \"given_up\": %d, \"ran_on\": %d, \"ran_on_total\": %.3f, "
      "\"started_afterwards\": %d}\n",
      kLine, truth.given_up, truth.ran_on, static_cast<double>(truth.ran_on_ns) / 1e6,
      truth.started_afterwards);
}
