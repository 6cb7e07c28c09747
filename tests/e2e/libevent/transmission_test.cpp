// transmission-daemon: two bases, and a server of libevent's evhttp that answers questions about downloads.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "tests/e2e/libevent/connection.h"
#include "tests/e2e/libevent/planted.h"
#include "tests/e2e/libuv/free_port.h"
#include "tests/e2e/libuv/program.h"
#include "tests/e2e/stalls/debugger.h"

namespace {

Command transmission(const Scratch& scratch, int port) {
  scratch.write("settings/settings.json",
                R"({"dht-enabled": false, "lpd-enabled": false, "pex-enabled": false, "utp-enabled": false,)"
                R"("port-forwarding-enabled": false, "rpc-bind-address": "127.0.0.1"})");
  return {TRANSMISSION_DAEMON,
          "-f",
          "--config-dir",
          scratch.file("settings"),
          "--download-dir",
          scratch.path(),
          "--port",
          std::to_string(port),
          "--peerport",
          "0",
          "--no-portmap",
          "--no-dht",
          "--no-lpd",
          "--no-utp",
          "--no-auth",
          "--log-error"};
}

// One request for the version, with the id that the first answer gives. "" while nobody listens.
std::string answer(int port) {
  const std::string body = R"({"method":"session-get","arguments":{"fields":["version"]}})";
  std::string id;
  for (;;) {
    Connection connection(port);
    if (!connection.connected()) return {};
    const std::string text =
        connection.ask("POST /transmission/rpc HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" +
                           (id.empty() ? id : "X-Transmission-Session-Id: " + id + "\r\n") +
                           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
                       "nothing that comes");
    if (!id.empty()) return text.substr(text.find("\r\n\r\n") + 4);
    const std::string header = "X-Transmission-Session-Id: ";
    const size_t begin = text.find(header);
    if (begin == std::string::npos) return "no id: " + text;
    id = text.substr(begin + header.size(), 48);
  }
}

std::string wait_for_answer(Background& daemon, int port) {
  for (;;) {
    const std::string text = answer(port);
    if (!text.empty()) return text;
    if (!daemon.running()) {
      ADD_FAILURE() << daemon.wait().errors;
      return {};
    }
    usleep(11'000);
  }
}

struct Served {
  std::string answer;
  Outcome outcome;
};

Served serve(const Command& command, const Scratch& scratch, int port, bool is_child) {
  Background daemon(command, scratch.path());
  Served served{wait_for_answer(daemon, port), {}};
  for (int i = 0; i < 22; ++i) EXPECT_EQ(answer(port), served.answer);
  kill(is_child ? daemon.child_pid() : daemon.pid(), SIGTERM);
  served.outcome = daemon.wait();
  return served;
}

TEST(TransmissionDaemon, AnswersAndStopsAsWithoutRecording) {
  const Scratch scratch;
  const int port = free_port();
  const Served plain = serve(transmission(scratch, port), scratch, port, false);
  const std::string trace = scratch.file("trace.pb");
  const Served traced = serve(recorded(trace, transmission(scratch, port)), scratch, port, true);
  EXPECT_NE(plain.answer.find("\"result\":\"success\""), std::string::npos) << plain.answer;
  EXPECT_EQ(traced.answer, plain.answer);
  EXPECT_EQ(traced.outcome.exit_code, plain.outcome.exit_code);
  EXPECT_EQ(traced.outcome.output, plain.outcome.output);

  const auto read = complete_trace(trace);
  uint64_t ticks = 0, reads = 0;
  for (const auto& loop : read.loops) ticks += loop.kind == "libevent" ? loop.ticks : 0;
  for (const auto& site : read.sites) reads += site.kind == "bufferevent_read" ? site.created : 0;
  EXPECT_GT(ticks, 47u);
  EXPECT_GE(reads, 23u) << "one for each connection to the evhttp server";
}

TEST(TransmissionDaemon, AsleepInACallbackIsFoundWhereItSlept) {
  const Scratch scratch;
  const int port = free_port();
  const std::string trace = scratch.file("trace.pb");
  Background daemon(recorded(trace, transmission(scratch, port)), scratch.path());
  wait_for_answer(daemon, port);
  const int pid = daemon.child_pid();
  constexpr int kSleepMs = 1499;
  // Which transmission calls with its answer to a request without an id.
  InjectedSleep sleep(scratch, pid, "evhttp_send_reply", kSleepMs);
  EXPECT_NE(answer(port).find("success"), std::string::npos) << "no answer after the sleep";
  sleep.wait();
  kill(pid, SIGTERM);
  daemon.wait();
  expect_sleep_in(trace, kSleepMs, "evhttp_send_reply", "transmission-daemon", "bufferevent_read");
}

}  // namespace
