// Every kind of event, and stalls.
#include "tests/golden/features.h"

namespace loopscope::golden {

using namespace testing;

std::string tasks_and_outcomes() {
  TraceWriter trace;
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t work = trace.site("work", {0x401000});
  const std::uint32_t refused = trace.string("connection refused");
  trace.batch(main, 1,
              {task_created(ms(1), 1, work), span_begin(ms(2), 1),
               // Children, one inside the other; the parent of 7 has the larger number.
               task_created(ms(3), 1025, work, 1), span_begin(ms(3), 1025),
               task_created(ms(4), 7, work, 1025), span_end(ms(5)), span_end(ms(7)),
               task_finished(ms(8), 1025), task_finished_with(ms(11), 7, ERROR, -111, refused),
               task_created(ms(11), 8, work), task_finished_with(ms(13), 8, CANCELLED),
               task_created(ms(13), 9, work), task_finished_with(ms(17), 9, ABANDONED),
               task_created(ms(17), 10, work), task_finished_with(ms(19), 10, OK),
               task_created(ms(19), 11, work), task_finished_with(ms(23), 11, ERROR, INT64_MIN)});
  return trace.end(End::EXIT, 0, ms(29)).bytes();
}

// How much tasks transferred: nothing, a little, in several parts, more than fits, and not known.
std::string task_bytes() {
  TraceWriter trace;
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t other = trace.thread("other", 4712);
  const std::uint32_t read = trace.site("read");
  const std::uint32_t timer = trace.site("timer");
  using testing::task_bytes;
  trace.batch(main, 1,
              {task_created(ms(1), 1025, read), task_created(ms(1), 7, read), task_created(ms(1), 8, timer),
               task_created(ms(1), 9, read), span_begin(ms(2), 1025), task_bytes(1025, 0), span_end(ms(3)),
               task_finished(ms(3), 1025), span_begin(ms(5), 7), task_bytes(7, 23), span_end(ms(7)),
               span_begin(ms(7), 8), span_end(ms(7)), span_begin(ms(11), 7), task_bytes(7, 4'711'000'000),
               span_end(ms(13)), task_finished(ms(13), 7), task_bytes(9, UINT64_MAX),
               // Behind the end of its task, which it should not be.
               task_bytes(7, 101)});
  // Of a task whose creation is told later, of one that has bytes already, and of nobody.
  trace.batch(other, 1,
              {task_created(ms(14), 11, timer), task_bytes(10, 53), task_bytes(9, 2), task_bytes(4711, 1)});
  trace.batch(main, 2, {task_created(ms(17), 10, read)});
  return trace.end(End::EXIT, 0, ms(19)).bytes();
}

std::string labels() {
  TraceWriter trace;
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t site = trace.site("request");
  const std::uint32_t key = trace.string("user");
  const std::uint32_t first = trace.string("ada");
  const std::uint32_t second = trace.string("Zo\xc3\xab");
  const std::uint32_t name = trace.string("GET /");
  trace.batch(main, 1,
              {task_created(ms(1), 1, site),
               {.kind = CONTEXT_SET, .task = 1, .values = {key, first}},
               {.kind = TASK_RENAMED, .task = 1, .values = {name}},
               task_created(ms(2), 2, site, 1),
               {.kind = CONTEXT_SET, .task = 2, .values = {key, second}},
               // Without a value.
               {.kind = CONTEXT_SET, .task = 2, .values = {name, 0}}});
  return trace.end(End::EXIT, 0, ms(3)).bytes();
}

std::string edges() {
  TraceWriter trace;
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t task = trace.site("coroutine");
  const std::uint32_t place = trace.site("co_await", {0x401000});
  const auto await = [place](EventKind kind, std::uint64_t at, std::uint64_t waiter, std::uint64_t awaited) {
    return Event{.kind = kind, .ticks = ms(at), .task = waiter, .other = awaited, .site = place};
  };
  trace.batch(main, 1,
              {task_created(ms(1), 1, task),
               task_created(ms(1), 2, task),
               task_created(ms(1), 3, task),
               await(AWAIT_BEGIN, 2, 1, 2),
               await(AWAIT_BEGIN, 3, 2, 3),
               await(AWAIT_END, 5, 2, 3),
               // A second time, and for ever.
               await(AWAIT_BEGIN, 7, 2, 3),
               {.kind = AWAIT_BEGIN, .ticks = ms(7), .task = 3, .other = 1, .site = 0},
               {.kind = CANCEL_REQUESTED, .ticks = ms(11), .task = 2, .other = 1, .site = place},
               // Asked by nobody.
               {.kind = CANCEL_REQUESTED, .ticks = ms(13), .task = 3},
               await(AWAIT_END, 17, 1, 2)});
  return trace.end(End::EXIT, 0, ms(19)).bytes();
}

std::string gauges_and_pauses() {
  TraceWriter trace;
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t minor = trace.string("gc minor");
  const std::uint32_t major = trace.string("gc major");
  Definitions definitions;
  for (std::uint32_t id = 1; id <= 2; ++id) {
    Gauge& gauge = *definitions.add_gauges();
    gauge.set_id(id);
    gauge.set_name_string(trace.string(id == 1 ? "queue" : "load"));
  }
  definitions.mutable_gauges(0)->set_unit_string(trace.string("requests"));
  trace.define(definitions);
  const auto set = [](std::uint64_t at, std::uint64_t gauge, double number) {
    return Event{.kind = GAUGE_SET, .ticks = ms(at), .values = {gauge}, .number = number};
  };
  const auto pause = [](std::uint64_t at, std::uint64_t kind) {
    return Event{.kind = PAUSE_BEGIN, .ticks = ms(at), .values = {kind}};
  };
  trace.batch(main, 1,
              {set(1, 1, 23),
               set(2, 2, 0.125),
               pause(3, minor),
               pause(4, major),
               {.kind = PAUSE_END, .ticks = ms(6)},
               {.kind = PAUSE_END, .ticks = ms(10)},
               set(11, 1, -7.5),
               // Longer than the trace.
               pause(13, major)});
  return trace.end(End::EXIT, 0, ms(17)).bytes();
}

std::string loops() {
  TraceWriter trace;
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t loop = trace.loop("libuv", main);
  const std::uint32_t timer = trace.site("uv_timer");
  trace.batch(main, 1,
              {task_created(ms(0), 1, timer),
               task_due(1, 11'000'000),
               task_created(ms(0), 2, timer),
               // Wakes 2 ms late; the timer runs 1 ms later.
               poll_begin(ms(0), loop, 11'000'000),
               poll_end(ms(13), loop, 0),
               span_begin(ms(14), 1),
               task_ready(ms(15), 2),
               span_end(ms(17)),
               span_begin_chained(2),
               span_end(ms(19)),
               // Spins once, then waits without limit.
               poll_begin(ms(19), loop, 0),
               poll_end(ms(20), loop, 7),
               {.kind = LAG_SAMPLE, .ticks = ms(20), .values = {loop, 3'000'000}},
               poll_begin(ms(23), loop, kForEver),
               poll_end(ms(29), loop, 1),
               {.kind = LOOP_CLOSED, .ticks = ms(31), .values = {loop}}});
  return trace.end(End::EXIT, 0, ms(37)).bytes();
}

// A loop is run twice, each time with work before its first poll; behind each run the thread is on its own.
std::string loop_runs() {
  TraceWriter trace;
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t loop = trace.loop("libuv", main);
  const std::uint32_t timer = trace.site("uv_timer");
  trace.batch(main, 1,
              {{.kind = LOOP_ENTERED, .ticks = ms(2), .values = {loop}},
               task_created(ms(3), 1, timer),
               span_begin(ms(3), 1),
               span_end(ms(5)),
               poll_begin(ms(5), loop, 11'000'000),
               poll_end(ms(7), loop, 1),
               {.kind = LOOP_LEFT, .ticks = ms(10), .values = {loop}},
               {.kind = LOOP_ENTERED, .ticks = ms(53), .values = {loop}},
               {.kind = LOOP_LEFT, .ticks = ms(54), .values = {loop}}});
  return trace.end(End::EXIT, 0, ms(101)).bytes();
}

std::string stalls() {
  TraceWriter trace;
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t loop = trace.loop("libuv", main);
  const std::uint32_t timer = trace.site("uv_timer");
  trace.batch(main, 1, {task_created(ms(0), 1, timer), span_begin(ms(1), 1), span_end(ms(101))});
  const auto stall = [&](std::uint64_t id, std::uint64_t begin, StallCause cause) {
    Packet packet;
    Stall& added = *packet.mutable_stall();
    added.set_id(id);
    added.set_thread(main);
    added.set_loop(loop);
    added.set_begin_ticks(ms(begin));
    added.set_cause(cause);
    return packet;
  };
  const auto sample = [](std::uint64_t of, std::uint64_t at, StallCause cause) {
    Packet packet;
    StallSample& added = *packet.mutable_stall_sample();
    added.set_stall(of);
    added.set_ticks(ms(at));
    added.add_frames(0x403000);
    added.add_frames(0x404000);
    added.set_cause(cause);
    return packet;
  };
  // Told when it is seen, and again when it is over.
  Packet first = stall(1, 1, RUNNING);
  trace.packet(first);
  trace.packet(sample(1, 11, RUNNING));
  Packet in_call = sample(1, 23, SYSTEM_CALL);
  in_call.mutable_stall_sample()->set_system_call_plus_1(36);
  in_call.mutable_stall_sample()->set_watchdog_late_ns(17'000);
  trace.packet(in_call);
  first.mutable_stall()->set_task(1);
  first.mutable_stall()->set_end_ticks(ms(101));
  first.mutable_stall()->set_cause(SYSTEM_CALL);
  first.mutable_stall()->set_run_queue_wait_ns(3'000'000);
  first.mutable_stall()->set_suppressed(13);
  trace.packet(first);
  // Two that never end.
  trace.packet(stall(2, 103, NOT_SCHEDULED));
  trace.packet(stall(3, 107, PAGE_FAULT));
  return trace.end(End::EXIT, 0, ms(113)).bytes();
}

// A tick with one slow callback, which made a timer and a reader wait; a busy machine; a call that blocked.
std::string watched() {
  TraceWriter trace({"stall_ms=20"});
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t loop = trace.loop("libuv", main);
  const std::uint32_t timer = trace.site("uv_timer", {0x401000});
  const std::uint32_t reader = trace.site("uv_read_start", {0x402000}, Site::SUBSCRIPTION);
  const std::uint32_t call = trace.site("fsync", {0x403000}, Site::BLOCKING);
  trace.batch(main, 1,
              {task_created(ms(1), 1, reader), task_created(ms(1), 2, reader), task_created(ms(2), 3, timer),
               task_due(3, 28'000'000), poll_begin(ms(3), loop, 27'000'000), poll_end(ms(5), loop, 2),
               span_begin(ms(5), 1), task_created(ms(7), 4, call), span_begin(ms(7), 4), span_end(ms(53)),
               task_finished(ms(53), 4), span_end(ms(56)), span_begin(ms(57), 2), span_end(ms(58)),
               span_begin(ms(59), 3), span_end(ms(61)), poll_begin(ms(61), loop, kForEver)});
  trace.stall({.id = 1, .thread = main, .begin = ms(5), .cause = SYSTEM_CALL});
  Packet sample;
  StallSample& first = *sample.mutable_stall_sample();
  first.set_stall(1);
  first.set_ticks(ms(25));
  first.set_cause(SYSTEM_CALL);
  first.set_system_call_plus_1(75);
  first.add_frames(0x404000);
  first.add_frames(0x403000);
  first.set_frames_truncated(true);
  trace.packet(sample);
  Packet bare;
  StallSample& second = *bare.mutable_stall_sample();
  second.set_stall(1);
  second.set_ticks(ms(55));
  second.set_cause(RUNNING);
  second.set_watchdog_late_ns(1'700'000);
  second.set_trouble("the signal is blocked");
  trace.packet(bare);
  trace.stall({.id = 1,
               .thread = main,
               .begin = ms(5),
               .end = ms(61),
               .run_queue_wait_ns = 7'000'000,
               .cpu_ns = 11'000'000,
               .suppressed = 3,
               .cause = SYSTEM_CALL});
  trace.run_queue_wait(main, ms(40), ms(50), 3'000'000);
  trace.run_queue_wait(0, ms(41), ms(43), 2'000'000);
  return trace.end(End::EXIT, 0, ms(67)).bytes();
}

// A slow tick and what woke its loop.
std::string woken() {
  TraceWriter trace({"stall_ms=20"});
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t loop = trace.loop("epoll", main);
  trace.batch(
      main, 1,
      {poll_begin(ms(1), loop, kForEver), poll_end(ms(5), loop, 7), poll_begin(ms(61), loop, kForEver)});
  trace.stall({.id = 1, .thread = main, .begin = ms(5), .cause = RUNNING});
  Packet packet;
  StallWoken& woken = *packet.mutable_stall_woken();
  woken.set_stall(1);
  woken.add_by("tcp 127.0.0.1:53 from 127.0.0.1:4711 (fd 7)");
  woken.add_by("timerfd (fd 5)");
  woken.set_events(7);
  trace.packet(packet);
  trace.stall({.id = 1, .thread = main, .begin = ms(5), .end = ms(61), .cause = RUNNING});
  return trace.end(End::EXIT, 0, ms(67)).bytes();
}

// Two checks of which coroutines can still be resumed: one that finds three that nothing refers to, told in two packets,
// of which one ends nevertheless; and one that does not come to its end.
std::string reachability() {
  TraceWriter trace;
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t site = trace.site("coroutine");
  trace.batch(main, 1,
              {task_created(ms(1), 7, site), task_created(ms(2), 11, site, 7),
               task_created(ms(3), 13, site, 7), task_created(ms(6), 17, site), task_finished(ms(13), 13)});
  Packet packet;
  Reachability& found = *packet.mutable_reachability();
  found.set_check(1);
  found.set_ticks(ms(11));
  found.set_suspended(5);
  found.set_reached(2);
  found.set_elsewhere(1);
  found.set_unreachable(3);
  found.add_tasks(7);
  found.set_threads(3);
  found.set_heap_bytes(23'000);
  found.set_root_bytes(29'000);
  found.set_duration_ns(2'000'000);
  found.set_pause_ns(70'000);
  trace.packet(packet);
  found.clear_tasks();
  found.add_tasks(11);
  found.add_tasks(13);
  trace.packet(packet);
  Packet last;
  Reachability& gave_up = *last.mutable_reachability();
  gave_up.set_check(2);
  gave_up.set_ticks(ms(61));
  gave_up.set_trouble("it took longer than it was given");
  gave_up.set_at_exit(true);
  trace.packet(last);
  return trace.end(End::EXIT, 0, ms(67)).bytes();
}

}  // namespace loopscope::golden
