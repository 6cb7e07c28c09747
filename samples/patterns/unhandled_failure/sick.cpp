// Rows are stored by a coroutine each. The import waits until all of them are done, and never asks how: 23 of 101 failed.
#include <cstdio>
#include <stdexcept>
#include <vector>

#include "samples/patterns/coroutines.h"

namespace {

using namespace patterns;

constexpr int kRows = 101;
constexpr int kRefused = 23;
constexpr unsigned kLine = __LINE__ + 2;

Task<> store(int row) {  // the line to be found
  co_await after(static_cast<std::uint64_t>(3 + row % 31));
  if (row % 4 == 3 && row < 4 * kRefused) throw std::invalid_argument("the row has no key");
  co_return Nothing{};
}

Detached import_rows() {
  std::vector<Task<>> rows;
  for (int row = 0; row < kRows; ++row) {
    rows.push_back(store(row));
    rows.back().start();
    co_await after(3);
  }
  for (const Task<>& row : rows) {
    while (!row.done()) co_await after(7);
  }
}

}  // namespace

int main() {
  import_rows();
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  std::printf("{\"planted_line\": %u, \"unhandled\": %d, \"created\": %d, \"awaited_failures\": 0}\n", kLine,
              kRefused, kRows);
}
