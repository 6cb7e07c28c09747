#include "tests/support/sample_trace.h"

#include "tests/support/trace_writer.h"

namespace loopscope::testing {
namespace {

std::uint64_t ms(std::uint64_t after_start) { return 1000 + after_start * 1'000'000; }

}  // namespace

TraceWriter sample_trace() {
  TraceWriter trace;
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t worker = trace.thread("worker", 4712);
  const std::uint32_t loop = trace.loop("libuv", main);
  const std::uint32_t timer = trace.site("uv_timer", {0x401000, 0x402000});
  const std::uint32_t work = trace.site("uv_queue_work", {0x401100, 0x402000});
  const std::uint32_t poll = trace.site("uv_poll", {}, Site::SUBSCRIPTION);
  const std::uint32_t key = trace.string("request");
  const std::uint32_t value = trace.string("r-23");
  const std::uint32_t error = trace.string("ENOENT");
  const std::uint32_t pause = trace.string("gc minor");
  const std::uint32_t name = trace.string("the timer");

  Definitions definitions;
  Module& module = *definitions.add_modules();
  module.set_id(1);
  module.set_path("/usr/bin/program");
  module.set_build_id("\x01\x23\xab\xcd");
  module.set_start(0x400000);
  module.set_end(0x500000);
  module.set_load_bias(0x400000);
  Gauge& gauge = *definitions.add_gauges();
  gauge.set_id(1);
  gauge.set_name_string(trace.string("queue"));
  gauge.set_unit_string(trace.string("requests"));
  trace.define(definitions);

  const Event context{.kind = CONTEXT_SET, .task = 1, .values = {key, value}};
  const Event renamed{.kind = TASK_RENAMED, .task = 1, .values = {name}};
  const Event gauge_set{.kind = GAUGE_SET, .ticks = ms(13), .values = {1}, .number = 2.5};
  const Event lag{.kind = LAG_SAMPLE, .ticks = ms(13), .values = {loop, 1'000'000}};
  trace.batch(main, 1,
              {task_created(ms(0), 1, timer),
               task_due(1, 11'000'000),
               task_created(ms(0), 4, poll, 1),
               task_created(ms(0), 3, timer),
               task_created(ms(0), 5, timer),
               context,
               renamed,
               poll_begin(ms(0), loop, 10'000'000),
               poll_end(ms(13), loop, 0),
               gauge_set,
               lag,
               span_begin(ms(13), 1),
               task_created(ms(14), 2, work, 1),
               {.kind = AWAIT_BEGIN, .ticks = ms(14), .task = 1, .other = 2, .site = timer},
               {.kind = CANCEL_REQUESTED, .ticks = ms(14), .task = 4, .other = 1, .site = 0},
               task_finished_with(ms(14), 4, CANCELLED),
               {.kind = PAUSE_BEGIN, .ticks = ms(15), .values = {pause}},
               {.kind = PAUSE_END, .ticks = ms(17)}},
              Packing::zstd);
  trace.epoch(1, ms(18), 5'000'000 + 18'000'000);
  trace.batch(main, 2,
              {span_end(ms(20)), span_begin_chained(3), span_end(ms(21)),
               task_finished_with(ms(21), 3, ERROR, -2, error), poll_begin(ms(21), loop, kForEver)},
              Packing::lz4);
  trace.batch(worker, 2,
              {{.kind = SPAN_BEGIN_LOST, .ticks = ms(15), .task = 2},
               span_end(ms(16)),
               span_begin(ms(22), 2),
               span_end(ms(29)),
               task_ready(ms(29), 2)},
              Packing::raw);
  trace.epoch(2, ms(29), 5'000'000 + 29'000'000);
  trace.batch(main, 3,
              {poll_end(ms(30), loop, 1),
               span_begin(ms(30), 2),
               {.kind = AWAIT_END, .ticks = ms(31), .task = 1, .other = 2},
               span_end(ms(31)),
               task_finished(ms(31), 2),
               task_finished_with(ms(31), 5, ABANDONED),
               poll_begin(ms(31), loop, 0),
               {.kind = LOOP_CLOSED, .ticks = ms(47), .values = {loop}}});
  trace.loss(Loss::POOL_EMPTY, 17);

  Packet stall;
  stall.mutable_stall()->set_id(1);
  stall.mutable_stall()->set_thread(main);
  stall.mutable_stall()->set_loop(loop);
  stall.mutable_stall()->set_task(1);
  stall.mutable_stall()->set_begin_ticks(ms(13));
  stall.mutable_stall()->set_end_ticks(ms(20));
  stall.mutable_stall()->set_cause(SYSTEM_CALL);
  trace.packet(stall);
  Packet sample;
  sample.mutable_stall_sample()->set_stall(1);
  sample.mutable_stall_sample()->set_ticks(ms(19));
  sample.mutable_stall_sample()->add_frames(0x403000);
  sample.mutable_stall_sample()->set_cause(RUNNING);
  trace.packet(sample);

  Packet cost;
  cost.mutable_agent_cost()->set_cpu_ns(1'300'000);
  cost.mutable_agent_cost()->set_bytes_written(1009);
  trace.packet(cost);
  Packet symbols;
  Symbols::Address& address = *symbols.mutable_symbols()->add_addresses();
  address.set_address(0x401000);
  Symbols::Frame& inlined = *address.add_frames();
  inlined.set_function("start_timer");
  inlined.set_file("timer.c");
  inlined.set_line(12);
  Symbols::Frame& holder = *address.add_frames();
  holder.set_function("main");
  holder.set_file("main.c");
  holder.set_line(101);
  trace.packet(symbols);
  Packet summary;
  summary.mutable_pending_summary()->set_ticks(ms(0));
  trace.packet(summary);
  return trace.end(End::EXIT, 7, ms(53));
}

}  // namespace loopscope::testing
