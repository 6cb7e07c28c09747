#include "tests/viewer/report/sample_traces.h"

#include <limits>
#include <string>

#include "tests/support/trace_builder.h"

namespace loopscope::report {
namespace {

using model::kSubscription;
using testing::a_trace;
using testing::created_at;
using testing::every;
using testing::sampled_at;
using testing::stalled_at;
using testing::TraceBuilder;

constexpr Nanos ms = kMillisecond;

void identify(TraceBuilder& builder, std::string executable, std::vector<std::string> argv) {
  model::Trace& trace = builder.raw();
  trace.process.executable = std::move(executable);
  trace.process.argv = std::move(argv);
  trace.process.started_at_unix_ns = 1'700'000'000'123'000'000;
  trace.agent.cpu_ns = 1'234'567;
  trace.agent.bytes = 45'678;
}

}  // namespace

model::Trace an_editor_that_forgot_timers() {
  TraceBuilder builder = a_trace();
  identify(builder, "/usr/bin/nvim", {"nvim", "--headless", "-u", "NONE", "-S", "leak.lua"});
  builder.lasting(1511 * ms).with_loop("libuv", "", "nvim");
  builder.with_ticks(149, every(10 * ms), 11 * ms, 307'000);
  builder.with_site("uv_read", "src/nvim/event/rstream.c", 101, kSubscription, "rstream_start")
      .with_task(created_at(7 * ms).ran(11 * ms, 200'000).ran(31 * ms, 400'000));
  builder.with_site("uv_timer", "./src/timer.c", 83, 0, "luv_timer_start")
      .called_from("lj_BC_FUNCC", "", 0)
      .called_from("nlua_exec_file", "src/nvim/lua/executor.c", 1201)
      .called_from("do_source", "src/nvim/runtime.c", 1855)
      .called_from("main", "src/nvim/main.c", 312)
      .with_tasks(23, every(1 * ms), created_at(101 * ms).child_of(1));
  builder.raw().sites[2].stack[1].module = "libluajit-5.1.so.2";
  builder.with_site("uv_timer", "src/nvim/event/loop.c", 58, 0, "loop_poll_events")
      .with_tasks(101, every(10 * ms),
                  created_at(20 * ms).ran(21 * ms, 50'000).finished_at(21 * ms + 60'000));
  builder.with_site("uv_timer", "src/nvim/event/time.c", 33, 0, "time_watcher_start")
      .with_task(created_at(5 * ms));
  builder.with_site("uv_async", "src/nvim/event/loop.c", 26, kSubscription, "loop_init")
      .with_tasks(2, every(1 * ms), created_at(1 * ms));
  return builder.build();
}

model::Trace a_healthy_server() {
  TraceBuilder builder = a_trace();
  identify(builder, "/usr/sbin/named", {"/usr/sbin/named", "-f", "-c", "named.conf"});
  builder.lasting(3001 * ms);
  for (int thread = 0; thread < 2; ++thread) {
    builder.with_loop("libuv", "", "isc-net-000" + std::to_string(thread))
        .with_ticks(503, every(5 * ms), 307 * ms, ms);
    builder.with_site("uv_udp_recv", "udp.c", 201, kSubscription, "start_reading")
        .with_task(created_at(20 * ms));
    builder.with_site("uv_udp_send", "udp.c", 401, 0, "udp_send_direct")
        .with_tasks(503, every(5 * ms),
                    created_at(307 * ms)
                        .ran(307 * ms + 90'000, 10'000)
                        .transferred(512)
                        .finished_at(307 * ms + 100'000));
  }
  return builder.build();
}

model::Trace a_late_server_that_was_killed() {
  TraceBuilder builder = a_trace();
  identify(builder, "/srv/api/server", {"./server", "--port", "8080"});
  builder.lasting(20 * kSecond).ended(model::EndReason::signal, 9).with_loop("libuv", "main");
  builder.with_ticks(997, every(20 * ms), 0, 3 * ms)
      .with_tick(7 * kSecond + 1, 1301 * ms)
      .with_tick(9 * kSecond + 1, 701 * ms);
  builder.with_site("uv_listen", "src/main.cpp", 44, kSubscription, "api::Server::listen(int)")
      .with_task(created_at(1 * ms));
  builder.with_site("uv_fs_read", "src/report.cpp", 211, 0, "api::Report::load(std::string const&)")
      .called_from("api::Server::on_request(api::Request&)", "src/server.cpp", 97)
      .with_task(created_at(6990 * ms)
                     .child_of(1)
                     .ready_at(7 * kSecond)
                     .ran(7 * kSecond, 1297 * ms)
                     .finished_at(8297 * ms))
      .with_task(created_at(8990 * ms)
                     .child_of(1)
                     .ready_at(9 * kSecond)
                     .ran(9 * kSecond, 697 * ms)
                     .finished_at(9697 * ms));
  builder.with_site("uv_work", "src/jobs.cpp", 77, 0, "api::Jobs::enqueue(api::Job)");
  Time free = 0;
  for (int job = 0; job < 997; ++job) {
    free = std::max<Time>(free, job * 20 * ms) + 27 * ms;
    builder.with_task(free < 20 * kSecond ? created_at(job * 20 * ms).finished_at(free)
                                          : created_at(job * 20 * ms));
  }
  builder.with_lag(3 * kSecond, 4 * ms, 997)
      .with_lag(7 * kSecond, 1290 * ms, 23)
      .with_lag(9 * kSecond, 690 * ms, 11);
  builder.with_loss("no free chunk in the pool", 1009);
  builder.with_stall(testing::stalled_at(7 * kSecond, 1301 * ms).by_task(2));
  builder.with_stall(testing::stalled_at(9 * kSecond, 701 * ms).by_task(3));
  return builder.build();
}

model::Trace a_server_that_blocks() {
  TraceBuilder builder = a_trace();
  identify(builder, "/srv/store", {"./store"});
  builder.lasting(5 * kSecond).with_loop("libuv", "main");
  builder.with_ticks(97, every(50 * ms), 0, 2 * ms);
  builder.with_site("uv_timer", "src/main.cpp", 23, 0, "start_saving")
      .with_task(created_at(1 * ms).ran(2 * ms, 1 * ms))
      .with_task(created_at(5 * ms).ran(1009 * ms, 307 * ms));
  builder.with_site("uv_read", "src/net.cpp", 61, kSubscription, "Connection::open")
      .with_tasks(2, every(1 * ms), created_at(7 * ms));
  builder.raw().threads = {{1, 4711, "net-io", 1000}};
  // With the C library's debug information: still the program's line is shown.
  const auto saving = sampled_at(1109 * ms)
                          .in("fsync", "../sysdeps/unix/sysv/linux/fsync.c", 27)
                          .of_library("libc.so.6")
                          .in("Store::save()", "src/store.cpp", 71)
                          .in("on_timer(uv_timer_s*)", "src/main.cpp", 19)
                          .in_system_call(74);
  const auto packing = [](Time at) { return sampled_at(at).in("pack()", "src/pack.cpp", 9); };
  builder
      .with_stall(
          stalled_at(1009 * ms, 307 * ms)
              .by_task(2)
              .used_cpu(7 * ms)
              .waited_for_a_cpu(3 * ms)
              .suppressed(5)
              .sampled(packing(1029 * ms).in("on_timer(uv_timer_s*)", "src/main.cpp", 19).weighing(47 * ms))
              .sampled(saving.weighing(260 * ms)))
      .with_stall(stalled_at(4899 * ms, 101 * ms).never_ended())
      .with_stall(stalled_at(2003 * ms, 53 * ms)
                      .by_task(1)
                      .used_cpu(51 * ms)
                      .sampled(packing(2013 * ms).inlined().in("on_timer(uv_timer_s*)", "src/main.cpp", 19)))
      .with_waited(3, 2, 1009 * ms, 307 * ms)
      .with_waited(4, 2, 1222 * ms, 94 * ms)
      .with_waited(4, 1, 2003 * ms, 53 * ms);
  return builder.build();
}

model::Trace a_hostile_trace() {
  TraceBuilder builder = a_trace();
  const std::string path =
      "/" + std::string(300, 'd') + "/\xff\xfe/\033[31mred\033[0m/\xe6\xbc\xa2\xe5\xad\x97.cpp";
  std::string function = "std::map<std::string, std::vector<std::pair<";
  for (int depth = 0; depth < 20; ++depth)
    function += "ns::" + std::string(static_cast<std::size_t>(depth), 'T') + "<";
  identify(builder, path,
           {std::string(200, 'x'), "a\nb\r\tc",
            "\xe2\x80\xae"
            "evil"});
  builder.with_loop(std::string(90, 'k'), "loop\033]0;title\007", "t");
  builder.with_ticks(101, every(10 * ms), 0, 2 * ms).with_lag(1 * kSecond, 90061 * kSecond, 1'000'003);
  std::string wide;
  for (int at = 0; at < 60; ++at) wide += "\xe6\xbc\xa2";
  builder.with_site(wide, path, 4294967295u, 0, function);
  for (int depth = 0; depth < 17; ++depth) builder.called_from(function, path, 7);
  builder.with_tasks(1'201, every(1), created_at(0).transferred(UINT64_MAX)).with_task(created_at(INT64_MIN));
  builder.with_site("", "", 0).with_tasks(5, every(1), created_at(0));
  builder.with_loss(std::string(200, 'r'), UINT64_MAX / 2);
  model::Stall stall;
  stall.begin = INT64_MIN;
  stall.duration = INT64_MAX;
  stall.thread = UINT32_MAX;
  stall.loop = 7;
  stall.task = 1'000'003;
  stall.cause = "\033[2J\xff" + wide;
  stall.samples.resize(2);
  stall.samples[0].stack.resize(301, builder.raw().sites[1].stack.back());
  stall.samples[0].system_call = INT32_MAX;
  stall.samples[1].trouble = path;
  builder.raw().stalls.assign(2, stall);
  builder.raw().stalls[1].samples.erase(builder.raw().stalls[1].samples.begin());
  builder.raw().stalls_ns = INT64_MAX;
  builder.raw().waited = {{UINT32_MAX, 1'000'003, -1, INT64_MAX}, {0, 1'000'003, -1, INT64_MAX}};
  builder.raw().integrity.torn_tail = true;
  builder.raw().integrity.torn_at = UINT64_MAX;
  builder.raw().modules.push_back({path, "", 0, 0, 0, std::string(120, 'w')});
  return builder.build();
}

Judged everything_at_once() {
  Judged judged(a_server_that_blocks());
  const model::Frame frame = judged.trace.stalls[0].samples[1].stack[1];
  for (const detect::Detector& detector : detect::all_detectors()) {
    detect::Finding finding;
    finding.detector = detector.id;
    finding.severity = static_cast<detect::Severity>(detector.id.size() % 3);
    finding.title = std::string(detector.meaning);
    finding.site = 1;
    finding.stack = {frame};
    finding.lines = {{frame, 37 * ms, 37.04, detect::Interval{29.2, 45.6}}, {frame, 63 * ms, 63.0}};
    finding.evidence = {{"blocked_total", 307.0, "ms"},
                        {"share_of_loop", 37.04, "%", detect::Interval{29.2, 45.6}},
                        {"rate", 23.5, "1/s", detect::Interval{19.0, 31.0}},
                        {"not_finite", std::numeric_limits<double>::infinity(), "tasks"},
                        {"speedup", 4.3, ""}};
    finding.advice = "Start them together, and wait for all.";
    finding.tasks = {0, 1};
    finding.waiting = {{2, 307 * ms}, {3, 94 * ms}};
    finding.members_title = "What became of the others after #1 had failed";
    finding.members = {
        {0, "failed", 101 * ms, 7 * ms}, {1, "ran on", 103 * ms, 997 * ms}, {1'000'003, "?", 0, 0}};
    finding.contexts = {{"request", "GET /items?id=42", 23, 1009 * ms}, {"tenant", "a:b,c%d", 1, 7 * ms}};
    finding.candidate = detector.id.size() % 2 == 1;
    finding.stalls = {0};
    finding.loop = 0;
    finding.first = 101 * ms;
    finding.last = 4001 * ms;
    finding.count = 23;
    finding.price = 0.401;
    judged.findings.push_back(std::move(finding));
  }
  detect::sort_worst_first(judged.findings);
  judged.verdict = detect::verdict_on(judged.trace, judged.findings);
  return judged;
}

model::Trace nothing_at_all() { return a_trace().lasting(0).build(); }

}  // namespace loopscope::report
