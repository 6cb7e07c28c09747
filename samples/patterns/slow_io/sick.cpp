// A server that does nothing but wait: its disk needs a third of a second for each block.
#include "samples/patterns/slow_io/lanes.h"

int main() {
  Reads reads;
  const int planted_line = Lanes::run(17, std::chrono::milliseconds(307), reads);
  reads.print(planted_line);
  return 0;
}
