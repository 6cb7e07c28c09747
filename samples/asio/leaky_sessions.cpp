// Leaked tasks: one session in eleven is given up without its timeout, which keeps the session alive for an hour.
//
//   LOOPSCOPE_TRACE=trace.pb leaky_sessions [sessions]        (1009 if not said)
#include "samples/asio/echo_server.h"

namespace {

void on_line(Session&) {}

// The mistake: the timer holds the session, and on this way out nobody cancels it.
void on_end(Session& session) {
  if (session.number % 11 == 0) return;
  session.idle_timeout.cancel();
}

}  // namespace

int main(int argc, char** argv) { return EchoServer(on_line, on_end).run(argc, argv, 1009); }
