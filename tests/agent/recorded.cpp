#include "tests/agent/recorded.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>

#include "viewer/trace/mapped_file.h"
#include "viewer/trace/process_header.h"
#include "viewer/trace/read_trace.h"

using namespace loopscope;

HostRun run_host(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  char errors_path[] = "/tmp/loopscope-errors-XXXXXX";
  const int errors = mkstemp(errors_path);
  const pid_t child = fork();
  if (child == 0) {
    dup2(errors, STDERR_FILENO);
    close(errors);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(errors);
  int status = 0;
  waitpid(child, &status, 0);
  HostRun run;
  run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  std::stringstream text;
  text << std::ifstream(errors_path).rdbuf();
  run.errors = text.str();
  unlink(errors_path);
  return run;
}

Folder::Folder() {
  char path[] = "/tmp/loopscope-test-XXXXXX";
  path_ = mkdtemp(path);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

model::Trace read_recorded(const std::string& trace_path) {
  auto file = trace::MappedFile::open(trace_path);
  if (!file) {
    ADD_FAILURE() << file.error().text();
    return {};
  }
  auto header = trace::read_process_header(file->bytes(), trace_path);
  if (!header) {
    ADD_FAILURE() << header.error().text();
    return {};
  }
  trace::TraceBytes bytes{file->bytes(), {}};
  recover::RingState state;
  std::string problem;
  if (recover::read_ring(header->ring_path, header->session, state, problem)) {
    EXPECT_LE(state.committed_bytes, bytes.file.size());
    bytes.file = bytes.file.first(state.committed_bytes);
    bytes.recovered = std::as_bytes(std::span(state.packets));
  }
  auto read = trace::read_trace(bytes, {.path = trace_path});
  if (!read) {
    ADD_FAILURE() << read.error().text();
    return {};
  }
  if (!header->ring_path.empty()) unlink(header->ring_path.c_str());
  return std::move(read->trace);
}

Counts tasks_of(const model::Trace& trace, const std::string& kind) {
  Counts counts;
  for (const model::Site& site : trace.sites) {
    if (site.kind != kind) continue;
    counts.created += site.created;
    counts.finished += site.finished;
    counts.pending += site.pending();
  }
  return counts;
}

std::ostream& operator<<(std::ostream& to, const Counts& counts) {
  return to << counts.created << " created, " << counts.finished << " finished, " << counts.pending
            << " pending";
}
