// saturated-loop: more requests than one thread can answer, none of which takes long.
#include "samples/patterns/saturated_loop/requests.h"
#include "samples/patterns/truth.h"

int main() {
  requests::serve(0, 599);
  patterns::Truth(0).print();
  return 0;
}
