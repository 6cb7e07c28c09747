/* Records 23 tasks, 7 of which stay pending, into the trace named by its argument. */
#include <loopscope/loopscope.h>
#include <stdio.h>

int main(int argc, char** argv) {
  loopscope_options options = {sizeof(options), argc > 1 ? argv[1] : NULL, 0, 0, 0, 0};
  loopscope_site_info request = {sizeof(request), "request", NULL, __FILE__, __func__, __LINE__, 0};
  int error = loopscope_start(&options);
  if (error != LOOPSCOPE_OK) {
    fprintf(stderr, "loopscope_start: %s: %s\n", loopscope_error_text(error), loopscope_last_error());
    return 1;
  }
  loopscope_site site = loopscope_site_define(&request);
  for (int i = 0; i < 23; ++i) {
    loopscope_task task = loopscope_task_created(site);
    loopscope_span_begin(task);
    loopscope_span_end(task);
    if (i >= 7) loopscope_task_finished(task);
  }
  return loopscope_stop() == LOOPSCOPE_OK ? 0 : 1;
}
