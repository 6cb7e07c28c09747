// A host that notes in a shared file, after each event it recorded, that it did: tests/agent/sigkill_test.cpp
// kills it at some moment and compares. Usage: logging TRACE LOG THREADS
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>
#include <vector>

#include <loopscope/loopscope.h>

#include "tests/agent/hosts/logging.h"

namespace {

void spin(unsigned turns) {
  for (unsigned i = 0; i < turns; ++i) asm volatile("");
}

void record(ThreadLog& log, loopscope_site site) {
  for (std::uint64_t turn = 0;; ++turn) {
    const std::uint64_t at = log.tasks;
    if (at == kMostTasks)
      for (;;) pause();
    const loopscope_task task = loopscope_task_created(site);
    log.task[at] = task;
    log.stage[at] = kCreated;
    log.tasks = at + 1;
    spin(200);
    loopscope_span_begin(task);
    spin(200);
    loopscope_span_end(task);
    log.stage[at] = kEnded;
    if (turn % 7 != 0) {
      loopscope_task_finished(task);
      log.stage[at] = kFinished;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int threads = std::atoi(argv[3]);
  loopscope_options options{};
  options.size = sizeof options;
  options.trace_path = argv[1];
  // Flat out on every processor the writer falls behind; what is asked here is what a kill loses, not that.
  options.ring_bytes = 512u << 20;
  if (threads < 1 || threads > kMostThreads || loopscope_start(&options) != 0) return 2;
  const int fd = open(argv[2], O_RDWR | O_CREAT, 0600);
  if (fd < 0 || ftruncate(fd, sizeof(Log)) != 0) return 2;
  void* shared = mmap(nullptr, sizeof(Log), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (shared == MAP_FAILED) return 2;
  auto& log = *static_cast<Log*>(shared);
  loopscope_site_info info{};
  info.size = sizeof info;
  info.kind = "logged";
  const loopscope_site site = loopscope_site_define(&info);
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) running.emplace_back([&log, site, i] { record(log.thread[i], site); });
  log.running = 1;
  for (std::thread& thread : running) thread.join();
}
