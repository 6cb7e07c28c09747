// Codecs, threads, epochs, open spans, clock anchors.
#include "tests/golden/features.h"

namespace loopscope::golden {

using namespace testing;

namespace {

TraceWriter& add(TraceWriter& trace, const Batch& batch) {
  Packet packet;
  *packet.mutable_batch() = batch;
  return trace.packet(packet);
}

OpenSpan open_span(std::uint64_t task, std::uint64_t begin_ticks) {
  OpenSpan span;
  span.set_task(task);
  span.set_begin_ticks(begin_ticks);
  return span;
}

}  // namespace

std::string codecs() {
  TraceWriter trace;
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t site = trace.site("work");
  std::uint64_t at = 1;
  for (const Packing packing : {Packing::raw, Packing::zstd, Packing::lz4}) {
    // Seven alike, so that something can be compressed.
    std::vector<Event> events;
    for (int i = 0; i < 7; ++i, ++at) {
      events.push_back(task_created(ms(at), at, site));
      events.push_back(span_begin(ms(at), at));
      events.push_back(span_end(ms(at + 1)));
      events.push_back(task_finished(ms(at + 1), at));
    }
    trace.batch(main, 1, events, packing);
  }
  return trace.end(End::EXIT, 0, ms(at)).bytes();
}

std::string threads_and_epochs() {
  TraceWriter trace;
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t worker = trace.thread("worker", 4712);
  const std::uint32_t slow = trace.thread("slow", 4713);
  const std::uint32_t site = trace.site("work");
  const auto epoch = [&trace](std::uint64_t number, std::uint64_t at, std::uint64_t events) {
    Packet packet;
    packet.mutable_epoch()->set_number(number);
    packet.mutable_epoch()->mutable_anchor()->set_ticks(ms(at));
    packet.mutable_epoch()->mutable_anchor()->set_monotonic_ns(5'000'000 + at * 1'000'000);
    packet.mutable_epoch()->set_events_so_far(events);
    trace.packet(packet);
  };
  // The worker's batch comes first though it runs what main made: epochs order threads, packets do not.
  trace.batch(worker, 1, {span_begin(ms(2), 1), span_end(ms(5)), task_finished(ms(7), 1)});
  trace.batch(main, 1, {task_created(ms(1), 1, site), task_created(ms(3), 2, site), span_begin(ms(4), 2)});
  epoch(1, 8, 6);
  trace.batch(worker, 2, {task_created(ms(9), 3, site), span_begin(ms(10), 3)});
  trace.batch(main, 2, {task_created(ms(9), 4, site, 2), span_end(ms(12))});
  epoch(2, 13, 10);
  trace.batch(main, 3, {span_begin(ms(14), 4), span_end(ms(16)), task_finished(ms(16), 4)});
  epoch(3, 17, 13);
  // Written two epochs after it happened, and says so. A finish is before its creation in the file.
  Batch late = encode_batch(
      slow, 4, ms(11), {},
      {task_finished(ms(11), 2), task_created(ms(12), 5, site), span_begin(ms(12), 5), span_end(ms(15))},
      Packing::zstd);
  late.set_late(true);
  late.set_longest_span_ticks(3'000'000);
  add(trace, late);
  trace.batch(worker, 4, {span_end(ms(18)), task_finished(ms(19), 5)});
  epoch(4, 20, 19);
  return trace.end(End::EXIT, 0, ms(23)).bytes();
}

std::string open_spans() {
  TraceWriter trace;
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t worker = trace.thread("worker", 4712);
  const std::uint32_t site = trace.site("work");
  // Two spans go on from one batch into the next.
  trace.batch(main, 1,
              {task_created(ms(1), 1, site), task_created(ms(1), 2, site), task_created(ms(1), 3, site),
               task_created(ms(1), 4, site), span_begin(ms(2), 1), span_begin(ms(3), 2)});
  trace.batch(main, 2, {span_end(ms(5)), span_end(ms(7)), span_begin(ms(8), 1)});
  // A gap: meanwhile 1 ended, and 3 and 4 began; when 3 did is not known.
  trace.loss(Loss::POOL_EMPTY, 11);
  add(trace, encode_batch(main, 3, ms(11), {open_span(3, 0), open_span(4, ms(10))},
                          {span_end(ms(13)), span_end(ms(17))}, Packing::raw));
  // A thread whose first batch says that it is in the middle of something.
  add(trace, encode_batch(worker, 3, ms(11), {open_span(2, ms(9))},
                          {span_end(ms(19)),
                           {.kind = SPAN_BEGIN_LOST, .ticks = ms(20), .task = 3},
                           span_end(ms(23)),
                           span_begin(ms(24), 2)},
                          Packing::raw));
  return trace.end(End::EXIT, 0, ms(29)).bytes();
}

// A tick of 2 ns, then 1 ns, then half of one; before and behind, what the nearest pair says.
std::string bending_clock() {
  TraceWriter trace = TraceWriter::empty();
  Process process;
  process.set_format_version(1);
  process.mutable_clock()->set_source(Clock::MONOTONIC);
  process.mutable_clock()->set_rule(Clock::PRECISE);
  process.mutable_clock()->set_ticks_per_second(700'000'000);
  trace.process(process);
  trace.anchor(100'000'000, 3'000'000'000);
  const std::uint32_t site = trace.site("work");
  const auto finished_at = [](std::uint64_t task, std::uint64_t ticks) { return task_finished(ticks, task); };
  trace.batch(1, 1,
              {task_created(99'000'000, 1, site), task_created(100'000'000, 2, site),
               finished_at(1, 101'000'001), task_created(109'999'999, 3, site)});
  trace.epoch(1, 110'000'000, 3'020'000'000);
  trace.batch(1, 2, {finished_at(2, 110'000'000), task_created(113'000'000, 4, site)});
  // Too close to say anything of the rate.
  trace.epoch(2, 110'000'500, 3'020'000'999);
  trace.epoch(3, 130'000'000, 3'040'000'000);
  trace.batch(1, 3, {finished_at(3, 130'000'002), task_created(137'000'000, 5, site)});
  trace.epoch(4, 150'000'000, 3'050'000'000);
  trace.batch(1, 4, {finished_at(4, 150'000'000), finished_at(5, 160'000'000)});
  // Steps back: not believed.
  trace.epoch(5, 170'000'000, 3'049'000'000);
  Packet end;
  end.mutable_end()->set_reason(End::STOPPED);
  return trace.packet(end).bytes();
}

}  // namespace loopscope::golden
