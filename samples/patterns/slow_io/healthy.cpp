// The same server, with a disk that answers.
#include "samples/patterns/slow_io/lanes.h"

int main() {
  Reads reads;
  Lanes::run(307, std::chrono::milliseconds(7), reads);
  reads.print(0);
  return 0;
}
