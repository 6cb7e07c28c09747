#include "tests/bench/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

namespace loopscope::bench {
namespace {

[[noreturn]] void give_up(const std::string& command, const std::string& why) {
  fmt::print(stderr, "{}: {}\n", command, why);
  std::exit(1);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Finished run(const std::vector<std::string>& argv, const std::vector<std::string>& environment) {
  std::vector<std::string> variables = environment;
  for (char** variable = environ; *variable; ++variable) variables.emplace_back(*variable);
  int out[2];
  if (pipe(out) != 0) give_up(argv[0], "no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclose(&actions, out[0]);
  posix_spawn_file_actions_addclose(&actions, out[1]);

  Finished finished;
  pid_t pid = 0;
  const auto start = std::chrono::steady_clock::now();
  const int error = posix_spawn(&pid, argv[0].c_str(), &actions, nullptr, pointers(argv).data(),
                                pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  if (error != 0) give_up(argv[0], "cannot be started");
  char buffer[4096];
  for (ssize_t got; (got = read(out[0], buffer, sizeof buffer)) > 0;) {
    finished.output.append(buffer, static_cast<std::size_t>(got));
  }
  close(out[0]);
  rusage usage{};
  wait4(pid, &finished.status, 0, &usage);
  finished.wall_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  finished.peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  if (!WIFEXITED(finished.status) || WEXITSTATUS(finished.status) != 0) {
    give_up(fmt::format("{}", fmt::join(argv, " ")), fmt::format("failed (status {:#x})", finished.status));
  }
  return finished;
}

}  // namespace loopscope::bench
