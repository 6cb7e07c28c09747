// loop-lag: 59 jobs of 5 ms become ready at once and are run one a tick, so that the last waits for 300 ms, though no tick
// is long.
#include "samples/patterns/loop_lag/queue.h"
#include "samples/patterns/truth.h"

int main() {
  queue::run(59, 401, 5);
  patterns::Truth(0).print();
  return 0;
}
