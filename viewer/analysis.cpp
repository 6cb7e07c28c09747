#include "viewer/analysis.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "agent/recover/recover.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/overdue.h"
#include "viewer/symbols/known_names.h"
#include "viewer/symbols/resolve.h"
#include "viewer/trace/mapped_file.h"
#include "viewer/trace/process_header.h"
#include "viewer/trace/read_trace.h"
#include "viewer/trace/trace_tail.h"

namespace loopscope {
namespace {

using Bytes = std::span<const std::byte>;

// A trace may name anything as its ring: a pipe would be waited for.
bool is_file(const std::string& path) {
  struct stat status {};
  return !path.empty() && stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

struct Ring {
  bool found = false;
  recover::RingState state;
  std::string problem;  // there is one, but it cannot be used
};

Ring find_ring(const std::string& path, const trace::ProcessHeader& header) {
  Ring ring;
  for (const std::string& candidate : {header.ring_path, path + ".ring"}) {
    if (!is_file(candidate)) continue;
    std::string problem;
    ring.state = {};
    if (recover::read_ring(candidate, header.session, ring.state, problem)) {
      ring.found = true;
      ring.problem.clear();
      return ring;
    }
    ring.problem = problem;
  }
  return ring;
}

// What was committed: behind it is a half-written epoch, which the ring holds again. A ring that says nothing
// (or nonsense) about the file leaves it as it is.
Bytes committed(Bytes file, const recover::RingState& state) {
  if (state.committed_bytes == 0 || state.committed_bytes > file.size()) return file;
  return file.first(static_cast<std::size_t>(state.committed_bytes));
}

}  // namespace

std::shared_ptr<symbols::KnownNames> no_names_yet() { return std::make_shared<symbols::KnownNames>(); }

Result<Analysis> analyze(const std::string& path, const AnalyzeOptions& options) {
  Result<trace::MappedFile> file = trace::MappedFile::open(path);
  if (!file) return file.error();
  const Bytes whole = file->bytes();

  trace::TraceBytes bytes{whole};
  Ring ring;
  // A damaged header is for read_trace to judge.
  if (const auto header = trace::read_process_header(whole, path); header) {
    ring = find_ring(path, *header);
    // The ring of a process that ended its trace is of no more use.
    if ((ring.found || !ring.problem.empty()) && trace::find_tail(whole).end_seen) ring = {};
    if (ring.found) {
      bytes.file = committed(whole, ring.state);
      bytes.recovered = std::as_bytes(std::span(ring.state.packets));
    }
  }

  trace::ReadOptions reading;
  reading.path = path;
  reading.progress = options.progress;
  reading.timeline = options.timeline;
  if (options.streaming) {
    reading.streaming.emplace().abandoned_until = [&options](Time begin, Time end) {
      return subtract_saturating(end, detect::young_age(detect::elapsed(begin, end), options.limits));
    };
  }
  // Recovered packets are no part of the mapping, and MappedFile leaves them alone.
  reading.forget = [&file](std::span<const std::byte> part) { file->forget(part); };
  Result<trace::ReadTrace> read = trace::read_trace(bytes, reading);
  if (!read) return read.error();

  Analysis analysis;
  analysis.trace = std::move(read->trace);
  model::Trace& trace = analysis.trace;
  if (ring.found && !trace.integrity.end_seen) {
    if (ring.state.owner == recover::RingState::Owner::running) {
      trace.end_reason = model::EndReason::running;
    } else {
      trace.integrity.recovered = true;
    }
  }
  if (!ring.problem.empty()) {
    trace.integrity.losses.push_back(
        {"the ring beside the trace could not be used", 0, trace.begin, trace.end, ring.problem});
  }
  symbols::Options naming;
  naming.use_local_files = options.local_symbols;
  naming.known = options.known_names.get();
  symbols::resolve(trace, read->embedded, naming);
  analysis.findings = detect::detect_all(trace, options.limits);
  analysis.verdict = detect::verdict_on(trace, analysis.findings);
  analysis.confounders = detect::confounders(trace, options.limits);
  return analysis;
}

}  // namespace loopscope
