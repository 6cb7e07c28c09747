// The same transfers. At the first failure the other parts are asked to stop, which they do before their next step, and
// the transfer is over when all of them are.
#include <cstdio>

#include "samples/patterns/orphaned_siblings/group.h"

namespace {

using namespace patterns;

Task<> store_or_stop(std::shared_ptr<Transfer> transfer, Truth& truth, int part) {
  try {
    co_await store(transfer, truth, part);
  } catch (...) {
    transfer->stop = true;
    throw;
  }
  co_return Nothing{};
}

Detached transfer(Truth& truth) {
  auto own = std::make_shared<Transfer>();
  std::vector<Task<>> parts;
  for (int part = 0; part < kParts; ++part) parts.push_back(store_or_stop(own, truth, part));
  try {
    co_await Group(std::move(parts), Group::Until::all_are_over);
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
  std::printf("{\"planted_line\": 0, \"given_up\": %d, \"ran_on\": %d}\n", truth.given_up, truth.ran_on);
}
