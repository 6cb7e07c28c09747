// slow_route without its mistakes: the report's data are at hand, and the export computes next to nothing.
#include <cstdlib>

#include "samples/contexts/shop.h"

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 11;
  return serve(rounds, {"/report", 3, 0}, {"/export", 3, 0});
}
