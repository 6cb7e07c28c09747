// A child traces that one thread: nobody else can stop a thread of a process that runs on.
#include "tests/agent/round_trip/held_writer.h"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

namespace loopscope::round_trip {
namespace {

std::string first_line(const std::filesystem::path& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

// The writer when it sleeps; 0 if there is none.
pid_t sleeping_writer() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    if (first_line(entry.path() / "comm") != "loopscope-write") continue;
    for (;;) {
      const std::string stat = first_line(entry.path() / "stat");
      if (stat.find(") S ") != std::string::npos) return std::stoi(entry.path().filename());
      if (stat.empty()) return 0;
      usleep(1'000);
    }
  }
  return 0;
}

// In the child, which has this thread only: no allocation, no locks.
[[noreturn]] void trace_until_told(pid_t thread, int commands, int answers) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  char command = 0;
  if (read(commands, &command, 1) != 1) _exit(1);
  int status = 0;
  const bool stopped = ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) == 0 &&
                       ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr) == 0 &&
                       waitpid(thread, &status, __WALL) == thread;
  const char answer = stopped ? 1 : 0;
  if (write(answers, &answer, 1) != 1 || !stopped) _exit(1);
  while (read(commands, &command, 1) < 0) continue;
  ptrace(PTRACE_DETACH, thread, nullptr, nullptr);
  _exit(0);
}

}  // namespace

HeldWriter::HeldWriter() {
  const pid_t writer = sleeping_writer();
  int commands[2], answers[2];
  if (writer == 0 || pipe(commands) != 0 || pipe(answers) != 0) return;
  tracer_ = fork();
  if (tracer_ == 0) {
    close(commands[1]);
    close(answers[0]);
    trace_until_told(writer, commands[0], answers[1]);
  }
  close(commands[0]);
  close(answers[1]);
  to_tracer_ = commands[1];
  prctl(PR_SET_PTRACER, tracer_);
  char byte = 0;
  held_ = write(to_tracer_, &byte, 1) == 1 && read(answers[0], &byte, 1) == 1 && byte == 1;
  close(answers[0]);
}

void HeldWriter::release() {
  if (tracer_ < 0) return;
  close(to_tracer_);
  waitpid(tracer_, nullptr, 0);
  tracer_ = -1;
  held_ = false;
}

}  // namespace loopscope::round_trip
