// Servers and an interpreter as Debian has them: they start, work and stop as without us, and what holds their loop is
// found.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <string>

#include "tests/e2e/libuv/free_port.h"
#include "tests/e2e/stalls/debugger.h"
#include "tests/e2e/stalls/report.h"

namespace {

using nlohmann::json;

constexpr int kSleepMs = 1499;

// Asks until the answer is that. False if the program ends before.
bool wait_for(Background& program, const Command& question, const std::string& answer,
              const Scratch& scratch) {
  while (run(question, scratch.path()).output != answer) {
    if (program.running()) continue;
    ADD_FAILURE() << program.wait().errors;
    return false;
  }
  return true;
}

void expect_sleep_in(const json& report, const std::string& function, const std::string& kind) {
  const json& loops = report.at("loops");
  EXPECT_TRUE(std::any_of(loops.begin(), loops.end(), [&](const json& loop) {
    return loop.at("kind") == kind;
  })) << loops.dump(1);
  ASSERT_FALSE(report.at("stalls").empty());
  const json& stall = report.at("stalls").front();
  expect_about(stall.at("duration_ms"), kSleepMs);
  EXPECT_TRUE(goes_through(stall, function)) << stall.dump(1);
  ASSERT_FALSE(report.at("findings").empty());
  const json& top = report.at("findings").front();
  EXPECT_TRUE(top.at("detector") == "blocking-span" || top.at("detector") == "blocking-call")
      << top.at("title");
  EXPECT_EQ(top.at("site").at("function"), function);
}

TEST(Redis, AsleepInACommandIsFoundThereWithTheConnectionThatAsked) {
  const Scratch scratch;
  const std::string port = std::to_string(free_port());
  const std::string trace = scratch.file("trace.pb");
  const Command ask{REDIS_CLI, "-p", port};
  Background recording(recorded(trace, {REDIS_SERVER, "--port", port, "--bind", "127.0.0.1", "--save", "",
                                        "--appendonly", "no", "--dir", scratch.path()}),
                       scratch.path());
  Command ping = ask;
  ping.push_back("ping");
  ASSERT_TRUE(wait_for(recording, ping, "PONG\n", scratch));
  Command set = ask, get = ask;
  set.insert(set.end(), {"set", "key", "23"});
  get.insert(get.end(), {"get", "key"});
  EXPECT_EQ(run(set, scratch.path()).output, "OK\n");
  InjectedSleep sleep(scratch, recording.child_pid(), "processCommand", kSleepMs);
  EXPECT_EQ(run(get, scratch.path()).output, "23\n");
  sleep.wait();
  kill(recording.child_pid(), SIGTERM);
  EXPECT_EQ(recording.wait().exit_code, 0);
  const json report = report_on(trace);
  expect_sleep_in(report, "processCommand", "epoll");
  const json& woken = report.at("stalls").front().at("woken_by");
  ASSERT_EQ(woken.size(), 1u);
  EXPECT_TRUE(woken.front().get<std::string>().starts_with("tcp 127.0.0.1:" + port + " from 127.0.0.1:"))
      << woken.front();
}

TEST(Nginx, AsleepInARequestIsFoundThereInItsWorker) {
  const Scratch scratch;
  const std::string port = std::to_string(free_port());
  const std::string configuration = scratch.write(
      "nginx.conf",
      "daemon off; worker_processes 1; pid " + scratch.file("pid") + "; error_log " + scratch.file("errors") +
          ";\nevents { }\nhttp { access_log off; client_body_temp_path body; proxy_temp_path proxy;\n"
          "fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n"
          "server { listen 127.0.0.1:" +
          port + "; location / { return 200 \"well\\n\"; } } }\n");
  const std::string trace = scratch.file("trace.pb");
  Background recording(
      recorded(trace, {NGINX, "-p", scratch.path(), "-e", scratch.file("errors"), "-c", configuration}),
      scratch.path());
  const Command ask{CURL, "-s", "http://127.0.0.1:" + port + "/"};
  ASSERT_TRUE(wait_for(recording, ask, "well\n", scratch));
  const Outcome worker =
      run({"/bin/sh", "-c", "cat /proc/" + std::to_string(recording.child_pid()) + "/task/*/children"},
          scratch.path());
  const int worker_pid = std::atoi(worker.output.c_str());
  ASSERT_GT(worker_pid, 0);
  InjectedSleep sleep(scratch, worker_pid, "ngx_http_process_request", kSleepMs);
  EXPECT_EQ(run(ask, scratch.path()).output, "well\n");
  sleep.wait();
  kill(recording.child_pid(), SIGQUIT);
  EXPECT_EQ(recording.wait().exit_code, 0);
  expect_sleep_in(report_on(trace), "ngx_http_process_request", "epoll");
}

TEST(Asyncio, AsleepInACoroutineIsFoundInItsLoop) {
  const Scratch scratch;
  const std::string script = scratch.write("service.py",
                                           "import asyncio, time\n"
                                           "async def serve():\n"
                                           "    for turn in range(23):\n"
                                           "        await asyncio.sleep(0.007)\n"
                                           "        if turn == 7: time.sleep(0.499)\n"
                                           "    return 'served'\n"
                                           "print(asyncio.run(serve()))\n");
  const std::string trace = scratch.file("trace.pb");
  const Outcome outcome = run(recorded(trace, {PYTHON3, script}), scratch.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(outcome.output, "served\n");
  const json report = report_on(trace);
  ASSERT_EQ(report.at("loops").size(), 1u);
  EXPECT_EQ(report.at("loops").front().at("kind"), "python");
  EXPECT_GE(report.at("loops").front().at("ticks"), 23);
  ASSERT_FALSE(report.at("stalls").empty());
  expect_about(report.at("stalls").front().at("duration_ms"), 499);
  ASSERT_FALSE(report.at("findings").empty());
  EXPECT_EQ(report.at("findings").front().at("detector"), "blocking-call");
}

TEST(Program, ThatGivesUpItsRightsEndsItsTraceItself) {
  const Scratch scratch;
  const std::string script = scratch.write("daemon.py",
                                           "import asyncio, os\n"
                                           "if os.geteuid() == 0: os.setgid(65534); os.setuid(65534)\n"
                                           "asyncio.run(asyncio.sleep(0.023))\n");
  const std::string trace = scratch.file("trace.pb");
  const Outcome outcome = run(recorded(trace, {PYTHON3, script}), scratch.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(outcome.errors.find("recovered"), std::string::npos) << outcome.errors;
  const loopscope::model::Trace read = complete_trace(trace);
  EXPECT_EQ(read.end_reason, loopscope::model::EndReason::exit);
  EXPECT_TRUE(read.exit_code_known);
  EXPECT_FALSE(read.integrity.recovered);
}

TEST(Program, WithoutALoopIsNotRecorded) {
  const Scratch scratch;
  const std::string trace = scratch.file("trace.pb");
  const Outcome outcome = run(recorded(trace, {PYTHON3, "-c", "print(23)"}), scratch.path());
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output, "23\n");
  EXPECT_NE(outcome.errors.find("no event loop ran"), std::string::npos) << outcome.errors;
}

}  // namespace
