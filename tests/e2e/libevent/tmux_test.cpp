// tmux's server: a base that waits with poll, and runs its loop one turn at a time.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "tests/e2e/libevent/planted.h"
#include "tests/e2e/libuv/program.h"
#include "tests/e2e/stalls/debugger.h"

namespace {

class Tmux {
 public:
  explicit Tmux(const Scratch& scratch) : scratch_(scratch), socket_(scratch.file("socket")) {}

  Command server() const { return command({"-f", "/dev/null", "-D"}); }
  // -N: a client that finds no server does not start one of its own.
  Outcome client(Command words) const {
    words.insert(words.begin(), "-N");
    return run(command(words), scratch_.path());
  }

  // A window in which cat repeats what is typed.
  bool begin(Background& server) const {
    while (client({"new-session", "-d", "-s", "one", "-x", "80", "-y", "24", "cat"}).exit_code != 0) {
      if (!server.running()) {
        ADD_FAILURE() << server.wait().errors;
        return false;
      }
      usleep(11'000);
    }
    return true;
  }
  void type(const std::string& text) const { client({"send-keys", "-t", "one", text, "Enter"}); }
  // The window, when the text is in it twice: as it was typed and as cat gave it back.
  std::string window_with(const std::string& text) const {
    for (;;) {
      const Outcome shown = client({"capture-pane", "-p", "-t", "one"});
      const size_t first = shown.output.find(text);
      if (shown.exit_code != 0) return shown.errors;
      if (first != std::string::npos && shown.output.find(text, first + 1) != std::string::npos) {
        return shown.output;
      }
      usleep(11'000);
    }
  }

 private:
  Command command(const Command& words) const {
    Command all{"env", "-u", "TMUX", "LC_ALL=C.UTF-8", "TERM=xterm", TMUX, "-S", socket_};
    all.insert(all.end(), words.begin(), words.end());
    return all;
  }

  const Scratch& scratch_;
  const std::string socket_;
};

struct Session {
  std::string window;
  Outcome outcome;
};

Session session(const Tmux& tmux, const Command& command, const Scratch& scratch) {
  Background server(command, scratch.path());
  if (!tmux.begin(server)) return {};
  tmux.type("seventeen");
  Session seen{tmux.window_with("seventeen"), {}};
  EXPECT_EQ(tmux.client({"kill-server"}).exit_code, 0);
  seen.outcome = server.wait();
  return seen;
}

TEST(Tmux, WorksAndStopsAsWithoutRecording) {
  const Scratch scratch;
  const Tmux tmux(scratch);
  const Session plain = session(tmux, tmux.server(), scratch);
  const std::string trace = scratch.file("trace.pb");
  const Session traced = session(tmux, recorded(trace, tmux.server()), scratch);
  EXPECT_EQ(traced.window, plain.window);
  EXPECT_EQ(traced.outcome.exit_code, plain.outcome.exit_code);
  EXPECT_EQ(traced.outcome.output, plain.outcome.output);

  const auto read = complete_trace(trace);
  ASSERT_FALSE(read.loops.empty());
  EXPECT_EQ(read.loops.front().kind, "libevent");
  EXPECT_GT(read.loops.front().ticks, 11u);
  uint64_t signals = 0, reads = 0;
  for (const auto& site : read.sites) {
    signals += site.kind == "evsignal" ? site.created : 0;
    reads += site.kind == "bufferevent_read" ? site.created : 0;
  }
  EXPECT_GE(signals, 3u);
  EXPECT_GE(reads, 1u) << "of the window";
}

TEST(Tmux, AsleepInACallbackIsFoundWhereItSlept) {
  const Scratch scratch;
  const Tmux tmux(scratch);
  const std::string trace = scratch.file("trace.pb");
  Background server(recorded(trace, tmux.server()), scratch.path());
  if (!tmux.begin(server)) return;
  const int pid = server.child_pid();
  constexpr int kSleepMs = 1499;
  // Which tmux calls for what a window has written.
  InjectedSleep sleep(scratch, pid, "evbuffer_pullup", kSleepMs);
  tmux.type("seventeen");
  sleep.wait();
  tmux.window_with("seventeen");
  tmux.client({"kill-server"});
  server.wait();
  expect_sleep_in(trace, kSleepMs, "evbuffer_pullup", "tmux", "bufferevent_read");
}

}  // namespace
