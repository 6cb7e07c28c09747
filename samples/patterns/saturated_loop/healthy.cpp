// The twin of saturated-loop: a request every 11 ms.
#include "samples/patterns/saturated_loop/requests.h"

int main() {
  requests::serve(11'000, 151);
  return 0;
}
