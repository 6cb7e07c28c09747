// The same from C++: 23 tasks, 7 of which stay pending, into the trace named by the argument.
#include <loopscope/loopscope.h>

#include <cstdio>

int main(int argc, char** argv) {
  loopscope_options options{};
  options.size = sizeof options;
  options.trace_path = argc > 1 ? argv[1] : nullptr;
  if (const int error = loopscope_start(&options); error != LOOPSCOPE_OK) {
    std::fprintf(stderr, "loopscope_start: %s: %s\n", loopscope_error_text(error), loopscope_last_error());
    return 1;
  }
  loopscope_site_info request{};
  request.size = sizeof request;
  request.kind = "request";
  request.file = __FILE__;
  request.line = __LINE__;
  const loopscope_site site = loopscope_site_define(&request);
  for (int i = 0; i < 23; ++i) {
    const loopscope_task task = loopscope_task_created(site);
    loopscope_span_begin(task);
    loopscope_span_end(task);
    if (i >= 7) loopscope_task_finished(task);
  }
  return loopscope_stop() == LOOPSCOPE_OK ? 0 : 1;
}
