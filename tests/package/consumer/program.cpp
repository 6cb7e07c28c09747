// The same from C++: 23 tasks, 7 of which stay pending, into the trace named by the argument.
#include <cstdio>
#include <loopscope/loopscope.hpp>

int main(int argc, char** argv) {
  loopscope_options options{};
  options.size = sizeof options;
  options.trace_path = argc > 1 ? argv[1] : nullptr;
  if (const int error = loopscope_start(&options); error != LOOPSCOPE_OK) {
    std::fprintf(stderr, "loopscope_start: %s: %s\n", loopscope_error_text(error), loopscope_last_error());
    return 1;
  }
  static const loopscope::Site site("request");
  for (int i = 0; i < 23; ++i) {
    loopscope::Task task(site);
    { const loopscope::Span span(task); }
    if (i < 7) {
      task.release();
    } else {
      task.finish();
    }
  }
  return loopscope_stop() == LOOPSCOPE_OK ? 0 : 1;
}
