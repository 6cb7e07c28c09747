// growing-backlog: every job is taken in, and there are more of them than get done.
#include "samples/patterns/growing_backlog/jobs.h"
#include "samples/patterns/truth.h"

int main() {
  jobs::Workers workers(2);
  jobs::run(workers, [](const jobs::Workers&) { return true; });  // the mistake
  patterns::Truth(0).print();
  return 0;
}
