// BIND's name server, which runs several loops on threads, gives up root, and is ended by a signal.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "tests/agent/recorded.h"
#include "tests/e2e/libuv/name_server.h"
#include "tests/e2e/libuv/program.h"

namespace {

constexpr int kQueries = 1000;

struct Answers {
  std::string text;
  Outcome server;
};

// Starts the server, asks until it answers, asks 1,000 times, and ends it with SIGTERM.
Answers serve(const Scratch& scratch, bool record, int port) {
  std::string records;
  std::string questions;
  for (int i = 0; i < kQueries; ++i) {
    records +=
        "h" + std::to_string(i) + " A 10.0." + std::to_string(i / 251) + "." + std::to_string(i % 251) + "\n";
    questions += "h" + std::to_string(i) + ".example. A\n";
  }
  const std::string batch = scratch.write("questions", questions);
  Command server = named_server(scratch, port, records);
  if (record) server = recorded(scratch.file("trace.pb"), server);

  Answers answers;
  Background named(server, scratch.path());
  if (!wait_for_answer(named, scratch, port, "h0.example.")) return answers;
  Command all = ask(port);
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
