// A program that records 23 tasks through the C interface, never flushes, and then exits, is killed, or waits with
// its recording open until its standard input ends. argv: TRACE exit|kill|wait.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include <loopscope/loopscope.h>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  loopscope_options options{};
  options.size = sizeof options;
  options.trace_path = argv[1];
  options.ring_bytes = 1 << 20;
  options.epoch_ms = 10000;  // nothing is written before the end by itself
  if (loopscope_start(&options) != LOOPSCOPE_OK) return 3;
  loopscope_site_info info{};
  info.size = sizeof info;
  info.kind = "job";
  info.file = "subject.c";
  info.line = 23;
  const loopscope_site site = loopscope_site_define(&info);
  for (int task = 0; task < 23; ++task) loopscope_task_created(site);
  if (std::strcmp(argv[2], "kill") == 0) raise(SIGKILL);
  if (std::strcmp(argv[2], "wait") == 0) {
    std::puts("ready");
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
  }
  return 0;
}
