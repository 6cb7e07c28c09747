// One route of three is slow, and not for one reason: each report waits 101 ms for its data; and when these are there, the loop is
// held by an export, which computes for 31 ms in its callback, so that the report is answered later still.
#include <cstdlib>

#include "samples/contexts/shop.h"

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 11;
  return serve(rounds, {"/report", 101, 2}, {"/export", 3, 31});
}
