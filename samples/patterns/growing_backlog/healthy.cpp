// The twin of growing-backlog: who comes when seven are waiting is sent away.
#include "samples/patterns/growing_backlog/jobs.h"

int main() {
  jobs::Workers workers(2);
  jobs::run(workers, [](const jobs::Workers& now) { return now.in_line() < 7; });
  return 0;
}
