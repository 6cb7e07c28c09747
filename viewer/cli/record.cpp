#include "viewer/cli/record.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "agent/recover/recover.h"
#include "viewer/base/text.h"
#include "viewer/cli/record_arguments.h"
#include "viewer/cli/record_child.h"
#include "viewer/cli/record_environment.h"
#include "viewer/cli/record_finish.h"
#include "viewer/cli/record_library.h"
#include "viewer/cli/record_live_line.h"
#include "viewer/cli/record_place.h"
#include "viewer/cli/record_summary.h"
#include "viewer/cli/record_target.h"
#include "viewer/cli/record_traces.h"

namespace loopscope::cli {
namespace {

constexpr std::chrono::milliseconds kLiveInterval{500};

int cannot_start(const Error& error) {
  std::fprintf(stderr, "loopscope: %s\n", printable_text(error.text()).c_str());
  return kCannotStart;
}

std::int64_t now_unix_ns() {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

ChildEnd watch(Child& child, const Recording& recording, bool live) {
  if (!live) return child.wait(std::chrono::milliseconds(0), {});
  const auto begin = std::chrono::steady_clock::now();
  LiveLine line;
  std::string ring;  // of the trace that will have the main name, or until then of the first there is
  bool ring_is_main = false;
  return child.wait(kLiveInterval, [&] {
    recover::LiveNumbers numbers;
    if (!ring_is_main) {
      auto traces = find_traces(recording);
      if (!traces.empty()) {
        ring = traces.front().ring_path;
        ring_is_main = traces.front().has_main_name;
      }
    }
    if (ring.empty() || !recover::read_live_numbers(ring, numbers)) return;
    auto elapsed = std::chrono::steady_clock::now() - begin;
    line.show(live_text(std::chrono::duration_cast<std::chrono::milliseconds>(elapsed), numbers));
  });
}

// As a command of its own, so that a mistake in there costs nothing of the recording.
void print_analyses(const std::vector<FinishedTrace>& traces) {
  for (const FinishedTrace& trace : traces) {
    std::fflush(nullptr);
    pid_t pid = fork();
    if (pid == 0) {
      // Standard output is the program's; what we say goes to standard error.
      dup2(STDERR_FILENO, STDOUT_FILENO);
      execl("/proc/self/exe", "loopscope", "analyze", trace.path.c_str(), static_cast<char*>(nullptr));
      _exit(127);
    }
    int status = 0;
    if (pid > 0) waitpid(pid, &status, 0);
    if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == 127) {
      std::fprintf(stderr, "loopscope: the analysis of %s could not be made\n", trace.path.c_str());
    }
  }
}

}  // namespace

int record(int argc, char** argv) {
  int status = 0;
  auto options = parse_record_arguments(argc, argv, status);
  if (!options) return status;

  auto target = find_target(options->program[0]);
  if (!target) return cannot_start(target.error());
  auto library = find_preload_library();
  if (!library) return cannot_start(library.error());
  remove_orphaned_ring(options->trace);
  auto place = prepare_trace_place(options->trace);
  if (!place) return cannot_start(place.error());

  Recording recording{*place, random_id()};
  // A file system's clock ticks coarsely, and lags behind this one.
  const std::int64_t since_unix_ns = now_unix_ns() - 1'000'000'000;
  Injection injection{*library, recording.trace, recording.record_id, target->has_shared_asan};
  ChildEnd end;
  std::uint32_t main_pid = 0;
  {
    Child child;
    auto started =
        child.start(target->path, options->program, recorded_environment(environ, *options, injection));
    if (!started) return cannot_start(started.error());
    main_pid = static_cast<std::uint32_t>(*started);
    end = watch(child, recording, LiveLine::is_welcome(options->live));
  }
  auto traces = finish_recording(recording, main_pid, end, options->symbols, since_unix_ns);
  std::vector<Survivor> survivors;
  if (traces.empty()) survivors = find_survivors(recording.record_id);
  std::fputs(summary_text(traces, survivors, options->program[0], options->trace).c_str(), stderr);
  if (options->analyze) print_analyses(traces);
  return end.status();
}

}  // namespace loopscope::cli
