// never-started: a coroutine is called and its result dropped. It is lazy, so nothing was written to the journal.
#include "samples/patterns/never_started/orders.h"
#include "samples/patterns/truth.h"

namespace {

int written = 0;

constexpr unsigned kPlantedLine = __LINE__ + 1;
patterns::Task<> journal(int total) {
  co_await patterns::after(1);
  written += total > 0;
  co_return patterns::Nothing{};
}

patterns::Detached serve(int order) {
  const int total = co_await orders::price(order);
  (void)journal(total);  // the mistake
}

void next() {
  static int order = 0;
  serve(++order);
}

}  // namespace

int main() {
  patterns::every(orders::kEveryMs, orders::kAll, next);
  patterns::Truth(kPlantedLine).count("never_started", orders::kAll - static_cast<unsigned>(written)).print();
  return 0;
}
