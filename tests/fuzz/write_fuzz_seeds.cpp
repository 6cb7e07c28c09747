// Writes the seeds into a folder: write_fuzz_seeds FOLDER. Batches are raw, so that the fuzzer sees columns.
#include <fstream>
#include <iostream>
#include <string>

#include "tests/support/sample_trace.h"

int main(int argc, char** argv) {
  using namespace loopscope::testing;
  if (argc != 2) {
    std::cerr << "usage: write_fuzz_seeds FOLDER\n";
    return 2;
  }
  const std::string folder = argv[1];
  std::ofstream(folder + "/every_event") << sample_trace().bytes();

  TraceWriter raw;
  const std::uint32_t site = raw.site("kind", {0x1000});
  const std::uint32_t loop = raw.loop("libuv", raw.thread("main", 1));
  raw.batch(1, 1,
            {task_created(1001, 1, site), task_due(1, 7), poll_begin(1002, loop, 11), poll_end(1020, loop, 0),
             span_begin(1021, 1), task_created(1022, 2, site, 1), span_end(1030), span_begin_chained(2),
             span_end(1033), task_finished(1034, 2), task_finished_with(1035, 1, loopscope::ERROR, -5)},
            Packing::raw);
  raw.batch(2, 1, {span_begin(1024, 2), span_end(1025), task_ready(1025, 2)}, Packing::raw);
  raw.end(loopscope::End::EXIT, 0, 1040);
  std::ofstream(folder + "/raw_columns") << raw.bytes();

  TraceWriter others;
  others.batch(1, 1,
               {task_created(1001, 1, 0),
                task_created(1001, 2, 0),
                {.kind = loopscope::AWAIT_BEGIN, .ticks = 1002, .task = 1, .other = 2},
                {.kind = loopscope::CANCEL_REQUESTED, .ticks = 1003, .task = 2, .other = 1},
                {.kind = loopscope::AWAIT_END, .ticks = 1004, .task = 1, .other = 2},
                {.kind = loopscope::CONTEXT_SET, .task = 1, .values = {1, 2}},
                {.kind = loopscope::GAUGE_SET, .ticks = 1005, .values = {1}, .number = 1.5},
                {.kind = loopscope::LAG_SAMPLE, .ticks = 1006, .values = {1, 9}},
                {.kind = loopscope::PAUSE_BEGIN, .ticks = 1007, .values = {1}},
                {.kind = loopscope::PAUSE_END, .ticks = 1008},
                {.kind = loopscope::SPAN_BEGIN_LOST, .ticks = 1009, .task = 1},
                {.kind = loopscope::TASK_RENAMED, .task = 1, .values = {1}},
                {.kind = loopscope::LOOP_CLOSED, .ticks = 1010, .values = {1}}},
               Packing::raw);
  std::ofstream(folder + "/other_events") << others.bytes();

  TraceWriter transferred;
  transferred.batch(
      1, 1,
      {task_created(1001, 1, 0), task_created(1001, 300, 0), task_bytes(300, 0), task_bytes(1, 4711),
       task_finished(1002, 1), task_bytes(1, UINT64_MAX), task_bytes(7, 1)},
      Packing::raw);
  std::ofstream(folder + "/task_bytes") << transferred.bytes();

  // Two stalls, one of them open; samples, waits, and who waited. Ticks are ms.
  TraceWriter watched({"stall_ms=1"});
  const std::uint32_t main_thread = watched.thread("main", 1);
  const std::uint32_t its_loop = watched.loop("libuv", main_thread);
  const auto at = [](std::uint64_t ms) { return 1000 + ms * 1'000'000; };
  watched.batch(main_thread, 1,
                {task_created(at(0), 1, 0), task_created(at(0), 2, 0), task_due(2, 7'000'000),
                 poll_begin(at(1), its_loop, 11), poll_end(at(2), its_loop, 2), span_begin(at(3), 1),
                 span_end(at(17)), span_begin(at(17), 2), task_due(2, 1'000'000), span_end(at(18)),
                 poll_begin(at(29), its_loop, 0), poll_end(at(29), its_loop, 1), span_begin(at(31), 1)},
                Packing::raw);
  watched.stall({.id = 1,
                 .thread = main_thread,
                 .begin = at(2),
                 .end = at(29),
                 .run_queue_wait_ns = 5'000'000,
                 .cpu_ns = 11'000'000,
                 .suppressed = 3});
  watched.sample({.stall = 1, .ticks = at(5)});
  watched.sample({.stall = 1, .ticks = at(11), .cause = loopscope::SYSTEM_CALL});
  watched.stall({.id = 2, .thread = main_thread, .begin = at(29)});
  watched.sample({.stall = 2, .ticks = at(37)});
  watched.run_queue_wait(main_thread, at(3), at(9), 4'000'000);
  watched.run_queue_wait(0, at(3), at(9), 2'000'000);
  watched.end(loopscope::End::SIGNAL, 0, at(61));
  std::ofstream(folder + "/watched") << watched.bytes();
  return 0;
}
