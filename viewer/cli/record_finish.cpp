#include "viewer/cli/record_finish.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "viewer/cli/record_leftovers.h"
#include "viewer/cli/record_recover.h"
#include "viewer/symbols/resolve.h"
#include "viewer/trace/mapped_file.h"
#include "viewer/trace/process_header.h"
#include "viewer/trace/read_trace.h"
#include "viewer/trace/symbols_packet.h"
#include "viewer/trace/trace_tail.h"

namespace loopscope::cli {
namespace {

// Numbers for the summary and the addresses to name come from one reading of the trace.
void read_and_name(FinishedTrace& finished, bool symbols) {
  std::string packets;
  std::uint64_t tail_at = 0;
  {
    auto file = trace::MappedFile::open(finished.path);
    if (!file) {
      finished.problem = file.error().what;
      return;
    }
    finished.bytes = file->bytes().size();
    trace::ReadOptions options;
    options.path = finished.path;
    auto read = trace::read_trace({file->bytes(), {}}, options);
    if (!read) {
      finished.problem = read.error().what;
      return;
    }
    finished.events = read->trace.events;
    finished.lost_events = read->trace.integrity.lost_events;
    finished.duration_ns = read->trace.duration();
    if (!symbols || finished.running || !read->embedded.empty()) return;

    symbols::resolve(read->trace, {});
    trace::TraceTail tail = trace::find_tail(file->bytes());
    std::uint64_t sequence = tail.last_sequence + 1;
    packets = trace::symbols_packets(symbols::collect_names(read->trace), sequence);
    // A torn tail stays: it is evidence, and the reader finds packets behind it.
    tail_at = finished.bytes;
  }
  std::string problem;
  if (!packets.empty() && !replace_tail(finished.path, tail_at, packets, problem)) {
    finished.problem = "names could not be embedded: " + problem;
    return;
  }
  finished.bytes += packets.size();
}

// The agent does so itself a moment after the first loop began, unless the process died in that moment or gave
// up the privileges to do so.
void take_main_name(RecordedTrace& trace, const Recording& recording) {
  bool taken = access(recording.trace.c_str(), F_OK) == 0;
  bool renamed = !taken && rename(trace.path.c_str(), recording.trace.c_str()) == 0;
  // Or the agent was faster.
  bool by_agent = !renamed && access(trace.path.c_str(), F_OK) != 0;
  if (!renamed && !by_agent) return;
  trace.path = recording.trace;
  trace.has_main_name = true;
}

}  // namespace

std::vector<FinishedTrace> finish_recording(const Recording& recording, std::uint32_t main_pid,
                                            const ChildEnd& end, bool symbols, std::int64_t since_unix_ns) {
  std::vector<FinishedTrace> finished;
  std::vector<RecordedTrace> traces = find_traces(recording);
  // A process that became another program has several; the way it ended is that of the last.
  std::int64_t last_of_main = 0;
  for (const RecordedTrace& trace : traces) {
    if (trace.pid == main_pid) last_of_main = std::max(last_of_main, trace.started_at_unix_ns);
  }
  for (RecordedTrace& trace : traces) {
    recover::EndOfProcess how;
    if (trace.pid == main_pid && trace.started_at_unix_ns == last_of_main) {
      how.exited = end.exited;
      how.exit_code = end.exit_code;
      how.signal = end.signal;
    }
    Recovered recovered = recover_trace(trace, how);
    if (recovered.fate == RingFate::no_loop) {
      unlink(trace.path.c_str());
      continue;
    }
    if (finished.empty() && !trace.has_main_name && recovered.ran_loop) take_main_name(trace, recording);
    FinishedTrace result;
    result.path = trace.path;
    result.pid = trace.pid;
    result.program = trace.program;
    result.running = recovered.fate == RingFate::running;
    result.recovered_events = recovered.events;
    read_and_name(result, symbols);
    if (recovered.fate == RingFate::failed) result.problem = recovered.problem;
    finished.push_back(result);
  }
  remove_leftovers(recording, since_unix_ns);
  return finished;
}

void remove_orphaned_ring(const std::string& trace) {
  auto file = trace::MappedFile::open(trace);
  if (!file) return;
  auto header = trace::read_process_header(file->bytes(), trace);
  if (!header || header->ring_path.empty()) return;
  recover::RingState ring;
  std::string problem;
  // Only a ring of this very trace: the path is nothing but bytes in a file.
  bool ours = recover::read_ring(header->ring_path, header->session, ring, problem);
  if (ours && ring.owner == recover::RingState::Owner::gone) unlink(header->ring_path.c_str());
}

}  // namespace loopscope::cli
