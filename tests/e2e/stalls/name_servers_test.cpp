// Two servers that know nothing of this, with a sleep in a callback where a debugger put it.
#include <gtest/gtest.h>
#include <signal.h>

#include <string>

#include "tests/e2e/libuv/name_server.h"
#include "tests/e2e/stalls/debugger.h"
#include "tests/e2e/stalls/report.h"

namespace {

using nlohmann::json;

constexpr int kSleepMs = 1499;

// What the report says of a server that slept in `function` while it answered a question.
json report_on_sleep_in(const std::string& function, const Scratch& scratch, const Command& server, int port,
                        const std::string& name) {
  const std::string trace = scratch.file("trace.pb");
  Background recording(recorded(trace, server), scratch.path());
  if (!wait_for_answer(recording, scratch, port, name)) return {};
  const int pid = recording.child_pid();
  InjectedSleep sleep(scratch, pid, function, kSleepMs);
  Command question = ask(port);
  question.insert(question.end(), {name, "A"});
  EXPECT_TRUE(run(question, scratch.path()).output.starts_with("10.")) << "no answer after the sleep";
  sleep.wait();
  kill(pid, SIGTERM);
  recording.wait();
  return report_on(trace);
}

void expect_sleep_in(const json& report, const std::string& function) {
  ASSERT_TRUE(report.contains("stalls"));
  ASSERT_FALSE(report.at("stalls").empty());
  const json& stall = report.at("stalls").front();
  expect_about(stall.at("duration_ms"), kSleepMs);
  EXPECT_TRUE(goes_through(stall, function)) << stall.dump(1);
  EXPECT_TRUE(goes_through(stall, "uv_run")) << stall.dump(1);

  ASSERT_FALSE(report.at("findings").empty());
  const json& top = report.at("findings").front();
  EXPECT_TRUE(top.at("detector") == "blocking-span" || top.at("detector") == "blocking-call")
      << top.at("title");
  EXPECT_EQ(top.at("site").at("function"), function);
  expect_about(top.at("evidence").at("worst").at("value"), kSleepMs);
}

TEST(Named, AsleepInACallbackIsFoundWhereItSlept) {
  const Scratch scratch;
  const int port = free_port();
  const Command server = named_server(scratch, port, "h1 A 10.1.2.3\n");
  expect_sleep_in(report_on_sleep_in("ns__client_request", scratch, server, port, "h1.example."),
                  "ns__client_request");
}

TEST(Kresd, AsleepInACallbackIsFoundWhereItSlept) {
  const Scratch scratch;
  const int port = free_port();
  const std::string configuration =
      scratch.write("kresd.conf", "net.listen('127.0.0.1', " + std::to_string(port) +
                                      ", { kind = 'dns' })\n"
                                      "modules = { 'hints > iterate' }\n"
                                      "hints['h1.example'] = '10.1.2.3'\n"
                                      "cache.size = 10 * MB\n"
                                      "trust_anchors.remove('.')\n");
  const Command server{KRESD, "-n", "-q", "-c", configuration, scratch.path()};
  expect_sleep_in(report_on_sleep_in("kr_resolve_begin", scratch, server, port, "h1.example."),
                  "kr_resolve_begin");
}

}  // namespace
