// The twin of loop-lag: two jobs at once.
#include "samples/patterns/loop_lag/queue.h"

int main() {
  queue::run(2, 31, 53);
  return 0;
}
