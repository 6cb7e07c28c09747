// The same rows, of which as many fail: the import awaits each, most of them when they are over already, and counts.
#include <cstdio>
#include <stdexcept>
#include <vector>

#include "samples/patterns/coroutines.h"

namespace {

using namespace patterns;

constexpr int kRows = 101;
constexpr int kRefused = 23;

Task<> store(int row) {
  co_await after(static_cast<std::uint64_t>(3 + row % 31));
  if (row % 4 == 3 && row < 4 * kRefused) throw std::invalid_argument("the row has no key");
  co_return Nothing{};
}

Detached import_rows(int& refused) {
  std::vector<Task<>> rows;
  for (int row = 0; row < kRows; ++row) {
    rows.push_back(store(row));
    rows.back().start();
    co_await after(3);
  }
  for (Task<>& row : rows) {
    try {
      co_await row;
    } catch (const std::invalid_argument&) {
      ++refused;
    }
  }
}

}  // namespace

int main() {
  int refused = 0;
  import_rows(refused);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  std::printf("{\"planted_line\": 0, \"unhandled\": 0, \"awaited_failures\": %d}\n", refused);
}
