// memcached: a thread that accepts, two that serve, each with a base of its own.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "tests/e2e/libevent/connection.h"
#include "tests/e2e/libevent/planted.h"
#include "tests/e2e/libuv/free_port.h"
#include "tests/e2e/libuv/program.h"
#include "tests/e2e/stalls/debugger.h"

namespace {

constexpr int kClients = 5;
constexpr int kKeys = 211;

// As that user, where it is root who starts it: one that has given up root may not look at its own threads' stacks.
Command memcached(int port, const std::string& user) {
  Command server{MEMCACHED, "-l", "127.0.0.1", "-p", std::to_string(port), "-U", "0", "-t", "2"};
  if (geteuid() == 0) server.insert(server.end(), {"-u", user});
  return server;
}

bool wait_until_it_listens(Background& server, int port) {
  while (!Connection(port).connected()) {
    if (!server.running()) {
      ADD_FAILURE() << server.wait().errors;
      return false;
    }
    usleep(11'000);
  }
  return true;
}

// All that clients got, one after the other.
std::string answers(int port) {
  std::string all;
  for (int client = 0; client < kClients; ++client) {
    Connection connection(port);
    for (int i = client; i < kKeys; i += kClients) {
      const std::string key = "key" + std::to_string(i);
      all += connection.ask("set " + key + " 0 0 5\r\nvalue\r\n", "\r\n");
      all += connection.ask("get " + key + "\r\n", "END\r\n");
    }
  }
  return all;
}

struct Served {
  std::string answers;
  Outcome outcome;
};

// `process`: of the server, where it is not the one that was started.
Served serve(const Command& command, const Scratch& scratch, int port, bool is_child) {
  Background server(command, scratch.path());
  if (!wait_until_it_listens(server, port)) return {};
  Served served{answers(port), {}};
  kill(is_child ? server.child_pid() : server.pid(), SIGTERM);
  served.outcome = server.wait();
  return served;
}

TEST(Memcached, ServesAndStopsAsWithoutRecording) {
  const Scratch scratch;
  const int port = free_port();
  const Served plain = serve(memcached(port, "nobody"), scratch, port, false);
  const std::string trace = scratch.file("trace.pb");
  const Served traced = serve(recorded(trace, memcached(port, "nobody")), scratch, port, true);
  EXPECT_EQ(traced.answers, plain.answers);
  EXPECT_NE(plain.answers.find("VALUE key210 0 5\r\nvalue\r\n"), std::string::npos);
  EXPECT_EQ(traced.outcome.exit_code, plain.outcome.exit_code);
  EXPECT_EQ(traced.outcome.output, plain.outcome.output);
  EXPECT_EQ(traced.outcome.errors.find(plain.outcome.errors), 0u) << traced.outcome.errors;

  const auto read = complete_trace(trace);
  unsigned libevent_loops = 0;
  uint64_t ticks = 0;
  for (const auto& loop : read.loops) {
    libevent_loops += loop.kind == "libevent" && loop.ticks > 0;
    ticks += loop.ticks;
  }
  EXPECT_EQ(libevent_loops, 3u);
  EXPECT_GT(ticks, 2u * kKeys / kClients);
  uint64_t events = 0;
  for (const auto& site : read.sites) events += site.kind == "event" ? site.created : 0;
  EXPECT_GE(events, static_cast<uint64_t>(kClients)) << "at least one for each connection";
}

TEST(Memcached, AsleepInACallbackIsFoundWhereItSlept) {
  const Scratch scratch;
  const int port = free_port();
  const std::string trace = scratch.file("trace.pb");
  Background server(recorded(trace, memcached(port, "root")), scratch.path());
  if (!wait_until_it_listens(server, port)) return;
  const int pid = server.child_pid();
  constexpr int kSleepMs = 1499;
  // Which memcached calls, through event_set, for a new connection.
  InjectedSleep sleep(scratch, pid, "event_assign", kSleepMs);
  EXPECT_TRUE(Connection(port).ask("version\r\n", "\r\n").starts_with("VERSION"))
      << "no answer after the sleep";
  sleep.wait();
  kill(pid, SIGTERM);
  server.wait();
  expect_sleep_in(trace, kSleepMs, "event_assign", "memcached", "event");
}

}  // namespace
