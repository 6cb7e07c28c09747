#include "viewer/cli/record_traces.h"

#include <algorithm>
#include <filesystem>

#include "viewer/trace/mapped_file.h"
#include "viewer/trace/process_header.h"

namespace loopscope::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".pb";

std::string stem_of(const std::string& trace) {
  bool has_extension = trace.size() > kExtension.size() && trace.ends_with(kExtension);
  return has_extension ? trace.substr(0, trace.size() - kExtension.size()) : trace;
}

// PID, or PID-N for a process that became another program.
bool is_process_suffix(std::string_view suffix) {
  return !suffix.empty() && suffix.find_first_not_of("0123456789-") == suffix.npos;
}

bool read_own(const std::string& path, const std::string& record_id, RecordedTrace& trace) {
  auto file = trace::MappedFile::open(path);
  if (!file) return false;
  auto header = trace::read_process_header(file->bytes(), path);
  if (!header) return false;
  const auto& options = header->options;
  if (std::find(options.begin(), options.end(), "record_id=" + record_id) == options.end()) return false;
  trace.path = path;
  trace.pid = header->pid;
  trace.started_at_unix_ns = static_cast<std::int64_t>(header->started_at_unix_ns);
  trace.program = fs::path(header->executable).filename().string();
  trace.session = header->session;
  trace.ring_path = header->ring_path;
  return true;
}

}  // namespace

std::vector<fs::path> process_trace_files(const std::string& trace) {
  std::vector<fs::path> found;
  const std::string begin = stem_of(fs::path(trace).filename().string()) + ".";
  std::error_code error;
  for (fs::directory_iterator entry(fs::path(trace).parent_path(), error), end; !error && entry != end;
       entry.increment(error)) {
    std::string name = entry->path().filename().string();
    bool has_parts = name.size() > begin.size() + kExtension.size() && name.starts_with(begin) &&
                     name.ends_with(kExtension);
    if (!has_parts) continue;
    std::size_t length = name.size() - begin.size() - kExtension.size();
    if (is_process_suffix(std::string_view(name).substr(begin.size(), length)))
      found.push_back(entry->path());
  }
  return found;
}

std::vector<RecordedTrace> find_traces(const Recording& recording) {
  std::vector<RecordedTrace> found;
  RecordedTrace trace;
  if (read_own(recording.trace, recording.record_id, trace)) {
    trace.has_main_name = true;
    found.push_back(trace);
  }
  for (const fs::path& path : process_trace_files(recording.trace)) {
    RecordedTrace other;
    if (read_own(path.string(), recording.record_id, other)) found.push_back(other);
  }
  std::sort(found.begin(), found.end(), [](const RecordedTrace& a, const RecordedTrace& b) {
    if (a.has_main_name != b.has_main_name) return a.has_main_name;
    if (a.started_at_unix_ns != b.started_at_unix_ns) return a.started_at_unix_ns < b.started_at_unix_ns;
    return a.path < b.path;
  });
  return found;
}

}  // namespace loopscope::cli
