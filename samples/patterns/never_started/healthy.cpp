// The twin of never-started: the journal is awaited.
#include "samples/patterns/never_started/orders.h"

namespace {

int written = 0;

patterns::Task<> journal(int total) {
  co_await patterns::after(1);
  written += total > 0;
  co_return patterns::Nothing{};
}

patterns::Detached serve(int order) {
  const int total = co_await orders::price(order);
  co_await journal(total);
}

void next() {
  static int order = 0;
  serve(++order);
}

}  // namespace

int main() {
  patterns::every(orders::kEveryMs, orders::kAll, next);
  return written == orders::kAll ? 0 : 1;
}
