#include "tests/bench/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/bench/rounds.h"

namespace loopscope::bench {
namespace {

std::vector<char*> pointers(const Texts& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// While this lives, we (and the children we start) run on the first few of our processors.
class FewProcessors {
 public:
  explicit FewProcessors(int processors) {
    sched_getaffinity(0, sizeof before_, &before_);
    if (processors == 0) return;
    cpu_set_t few;
    CPU_ZERO(&few);
    for (int cpu = CPU_SETSIZE - 1; cpu >= 0 && CPU_COUNT(&few) < processors; --cpu) {
      if (CPU_ISSET(cpu, &before_)) CPU_SET(cpu, &few);
    }
    sched_setaffinity(0, sizeof few, &few);
  }
  ~FewProcessors() { sched_setaffinity(0, sizeof before_, &before_); }
  FewProcessors(const FewProcessors&) = delete;
  FewProcessors& operator=(const FewProcessors&) = delete;

 private:
  cpu_set_t before_;
};

}  // namespace

Finished try_run(const Texts& argv, const Texts& environment, int processors) {
  Texts variables = environment;
  for (char** variable = environ; *variable; ++variable) variables.emplace_back(*variable);
  Finished finished;
  finished.status = -1;
  int out[2];
  if (pipe2(out, O_CLOEXEC) != 0) return finished;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);

  pid_t pid = 0;
  int error = 0;
  {
    const FewProcessors few(processors);
    finished.start_ns = wall_ns();
    error = posix_spawnp(&pid, argv[0].c_str(), &actions, nullptr, pointers(argv).data(),
                         pointers(variables).data());
  }
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  if (error == 0) {
    char buffer[4096];
    for (ssize_t got; (got = read(out[0], buffer, sizeof buffer)) > 0;) {
      finished.output.append(buffer, static_cast<std::size_t>(got));
    }
    rusage usage{};
    wait4(pid, &finished.status, 0, &usage);
    finished.wall_ms = (wall_ns() - finished.start_ns) / 1e6;
    finished.peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  }
  close(out[0]);
  return finished;
}

Finished run(const Texts& argv, const Texts& environment, int processors) {
  Finished finished = try_run(argv, environment, processors);
  if (finished.succeeded()) return finished;
  fmt::print(stderr, "{}: {}\n", fmt::join(argv, " "),
             finished.status == -1 ? "cannot be started" : fmt::format("failed ({:#x})", finished.status));
  std::exit(1);
}

}  // namespace loopscope::bench
