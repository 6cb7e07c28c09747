// A library that a host opens and closes, and that records: the agent stays when it goes.
#include <loopscope/loopscope.h>

extern "C" __attribute__((visibility("default"))) void record_in_library(const char* trace) {
  loopscope_options options{};
  options.size = sizeof options;
  options.trace_path = trace;
  loopscope_start(&options);
  loopscope_site_info info{};
  info.size = sizeof info;
  info.kind = "library";
  const loopscope_site site = loopscope_site_define(&info);
  for (int i = 0; i < 23; ++i) loopscope_task_created(site);
}
