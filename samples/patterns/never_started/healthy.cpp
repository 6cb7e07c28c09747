// The twin of never-started: the journal is awaited.
#include "samples/patterns/never_started/orders.h"

namespace {

int written = 0;

patterns::Task<> journal(int total) {
  co_await patterns::after(1);
  written += total > 0;
  co_return patterns::Nothing{};
}

patterns::Detached serve() {
  for (int order = 1; order <= orders::kAll; ++order) {
    const int total = co_await orders::price(order);
    co_await journal(total);
  }
}

}  // namespace

int main() {
  serve();
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  return written == orders::kAll ? 0 : 1;
}
