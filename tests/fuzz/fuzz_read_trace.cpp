// Whatever the bytes: the reader returns, and what it returns holds together.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <span>

#include "viewer/trace/overview.h"
#include "viewer/trace/read_trace.h"
#include "viewer/trace/trace_tail.h"

namespace {

using namespace loopscope;

// assert() that is there in every build.
void require_at(bool holds, int line) {
  if (holds) return;
  std::fprintf(stderr, "fuzz_read_trace.cpp:%d: does not hold\n", line);
  std::abort();
}
#define require(holds) require_at(holds, __LINE__)

void check(const model::Trace& trace) {
  std::uint64_t created = 0;
  std::uint64_t finished = 0;
  std::uint64_t with_bytes = 0;
  for (const model::Site& site : trace.sites) {
    created += site.created;
    finished += site.finished;
    require(site.finished <= site.created);
    require(site.lifetime.count() == site.finished);
    require(site.with_bytes <= site.created && (site.with_bytes != 0 || site.bytes == 0));
    with_bytes += site.with_bytes;
  }
  std::uint64_t forgotten = 0;
  for (const model::Forgotten& of_site : trace.forgotten) {
    forgotten += of_site.tasks;
    require(of_site.lifetime.count() == of_site.tasks && of_site.abandoned <= of_site.tasks);
  }
  require(created == trace.tasks.size() + forgotten);
  require(created <= trace.events);
  require(trace.peak_pending <= created);
  std::uint64_t pending = 0;
  std::uint64_t with_bytes_kept = 0;
  for (model::TaskIndex task = 0; task < trace.tasks.size(); ++task) {
    pending += trace.tasks.pending(task);
    with_bytes_kept += trace.tasks.bytes(task).has_value();
    require(trace.tasks.site(task) < trace.sites.size());
    const model::TaskIndex parent = trace.tasks.parent(task);
    require(parent == model::kNoTask || parent < trace.tasks.size());
    require(trace.tasks.find(trace.tasks.id(task)) == task);
  }
  require(pending == created - finished);
  require(trace.streamed() ? with_bytes_kept <= with_bytes : with_bytes_kept == with_bytes);
  for (const model::Span& span : trace.longest_spans) {
    require(span.task == model::kNoTask || span.task < trace.tasks.size());
    require(span.thread < trace.threads.size());
    require(span.loop == model::kNoLoop || span.loop < trace.loops.size());
  }
  for (const model::Edge& edge : trace.edges) {
    require(edge.from == model::kNoTask || edge.from < trace.tasks.size());
    require(edge.to < trace.tasks.size() && edge.site < trace.sites.size());
  }
  for (const model::Label& label : trace.labels) {
    require(label.task == model::kNoTask || label.task < trace.tasks.size());
  }
  for (const model::Stall& stall : trace.stalls) {
    require(stall.loop == model::kNoLoop || stall.loop < trace.loops.size());
    require(stall.thread < trace.threads.size());
    require(stall.task == model::kNoTask || stall.task < trace.tasks.size());
    require(stall.duration > trace.stall_limit && stall.run_queue_wait <= stall.duration);
    Nanos weights = 0;
    for (const model::StallSample& sample : stall.samples) {
      require(sample.task == model::kNoTask || sample.task < trace.tasks.size());
      require(sample.weight >= 0);
      weights += sample.weight;
    }
    require(stall.samples.empty() || weights == stall.duration);
  }
  require(trace.stalls.size() <= std::min<std::uint64_t>(trace.stalls_total, model::kMaxStalls));
  for (const model::RunQueueWait& wait : trace.run_queue_waits) {
    require(wait.thread == model::RunQueueWait::kWatchdog || wait.thread < trace.threads.size());
    require(wait.to >= wait.from);
  }
  require(trace.waited.size() <= model::kMaxWaited);
  for (const model::Waited& waited : trace.waited) {
    require(waited.task < trace.tasks.size() && waited.waited > 0);
    require(waited.blocker == model::kNoTask || waited.blocker < trace.tasks.size());
  }
  require(trace.end >= trace.begin);
}

void check(const model::IntervalRow& row, const model::Trace& trace) {
  Nanos covered = 0;
  for (std::size_t at = 0; at < row.size(); ++at) {
    require(row.duration(at) >= 0 && row.lag(at) >= model::IntervalRow::kNoLag);
    require(at == 0 || row.begin(at) >= row.end(at - 1));
    require(row.task(at) == model::kNoTask || row.task(at) < trace.tasks.size());
    require(row.first_beginning_from(row.begin(at)) <= at);
    covered += row.duration(at);
  }
  const model::IntervalSum all = row.sum(std::numeric_limits<Time>::min(), kNever);
  require(all.count == row.size() && all.covered == covered);
}

void check_timeline(const model::Trace& trace) {
  const model::Timeline& timeline = trace.timeline;
  require(timeline.kept && timeline.threads.size() == trace.threads.size());
  require(timeline.loops.size() == trace.loops.size());
  for (const model::ThreadRows& thread : timeline.threads) {
    require(thread.spans.size() <= model::kMaxSpanDepth);
    for (const model::IntervalRow& spans : thread.spans) check(spans, trace);
    check(thread.calls, trace);
  }
  for (const model::LoopRows& loop : timeline.loops) {
    check(loop.ticks, trace);
    check(loop.polls, trace);
  }
  const model::PendingHistory& pending = timeline.pending;
  require(pending.finished() <= trace.tasks.size());
  const model::PendingHistory::Extent extent = pending.extent(trace.tasks, trace.begin, trace.end);
  require(extent.least <= extent.most && extent.most <= trace.tasks.size());
  require(pending.pending_by_site_at(trace.tasks, trace.end).size() <= trace.sites.size());
  for (std::uint64_t at : pending.curve_of_site(1, trace.begin, trace.end, 7))
    require(at <= trace.tasks.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  trace::ReadOptions options;
  options.max_model_bytes = 64 << 20;
  const Result<trace::ReadTrace> whole = trace::read_trace({bytes}, options);
  if (whole) check(whole->trace);
  options.streaming.emplace();
  const Result<trace::ReadTrace> streamed = trace::read_trace({bytes}, options);
  require(whole.ok() == streamed.ok());
  if (streamed) check(streamed->trace);
  options.streaming.reset();
  // The same, cut in two as a recovered trace is, and with its timeline.
  options.timeline = true;
  const std::size_t cut = size / 2;
  const Result<trace::ReadTrace> recovered =
      trace::read_trace({bytes.first(cut), bytes.subspan(cut)}, options);
  if (recovered) {
    check(recovered->trace);
    check_timeline(recovered->trace);
  }
  if (const Result<trace::Overview> overview = trace::read_overview(bytes)) {
    require(overview->end >= overview->begin);
    for (const trace::BatchOverview& batch : overview->batches) require(batch.end >= batch.begin);
  }
  require(trace::find_tail(bytes).intact_bytes <= size);
  (void)trace::read_process_header(bytes);
  return 0;
}
