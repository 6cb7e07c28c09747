// BIND's name server, which runs several loops on threads, gives up root, and is ended by a signal.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "tests/agent/recorded.h"
#include "tests/e2e/libuv/program.h"

namespace {

constexpr int kQueries = 1000;

int free_port() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const int udp = socket(AF_INET, SOCK_DGRAM, 0);
  bind(udp, reinterpret_cast<sockaddr*>(&address), sizeof address);
  getsockname(udp, reinterpret_cast<sockaddr*>(&address), &size);
  close(udp);
  return ntohs(address.sin_port);
}

struct Answers {
  std::string text;
  Outcome server;
};

// Starts the server, asks until it answers, asks 1,000 times, and ends it with SIGTERM.
Answers serve(const Scratch& scratch, bool record, int port) {
  std::string zone = "$TTL 60\n@ SOA ns.example. root.example. 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\n";
  std::string questions;
  for (int i = 0; i < kQueries; ++i) {
    zone +=
        "h" + std::to_string(i) + " A 10.0." + std::to_string(i / 251) + "." + std::to_string(i % 251) + "\n";
    questions += "h" + std::to_string(i) + ".example. A\n";
  }
  scratch.write("example.zone", zone);
  const std::string batch = scratch.write("questions", questions);
  const std::string number = std::to_string(port);
  const std::string configuration =
      scratch.write("named.conf", "options { directory \"" + scratch.path() +
                                      "\"; pid-file none; session-keyfile none; recursion no;"
                                      " listen-on port " +
                                      number +
                                      " { 127.0.0.1; }; listen-on-v6 { none; }; dnssec-validation no; };\n"
                                      "controls { };\n"
                                      "zone \"example\" { type primary; file \"example.zone\"; };\n");
  Command server{NAMED, "-4", "-f", "-n", "2", "-c", configuration};
  if (geteuid() == 0) server.insert(server.end(), {"-u", "nobody"});
  if (record) server = recorded(scratch.file("trace.pb"), server);

  Answers answers;
  Background named(server, scratch.path());
  const Command ask{DIG, "@127.0.0.1", "-p", number, "+short", "+time=5", "+tries=3"};
  Command first = ask;
  first.insert(first.end(), {"h0.example.", "A"});
  while (run(first, scratch.path()).output != "10.0.0.0\n") {
    if (!named.running()) {
      ADD_FAILURE() << named.wait().errors;
      return answers;
    }
  }
  Command all = ask;
  all.insert(all.end(), {"-f", batch});
  answers.text = run(all, scratch.path()).output;
  named.signal(SIGTERM);
  answers.server = named.wait();
  return answers;
}

TEST(Named, Answers1000QueriesAsWithoutRecording) {
  const Scratch scratch;
  const Answers plain = serve(scratch, false, free_port());
  const Answers traced = serve(scratch, true, free_port());
  EXPECT_EQ(std::count(plain.text.begin(), plain.text.end(), '\n'), kQueries);
  EXPECT_EQ(traced.text, plain.text);
  EXPECT_EQ(traced.server.exit_code, plain.server.exit_code);

  const auto trace = complete_trace(scratch.file("trace.pb"));
  EXPECT_GE(tasks_of(trace, "uv_udp_send").finished, static_cast<uint64_t>(kQueries));
  EXPECT_EQ(tasks_of(trace, "uv_udp_send").pending, 0u);
  int loops = 0;
  for (const auto& loop : trace.loops) loops += loop.ticks > 0;
  EXPECT_GE(loops, 2) << "named runs a loop on each of its threads";
}

}  // namespace
