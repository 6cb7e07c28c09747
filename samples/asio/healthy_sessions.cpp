// The twin of leaky_sessions and blocking_session, in which nothing is to be found.
//
//   LOOPSCOPE_TRACE=trace.pb healthy_sessions [sessions]        (1009 if not said)
#include "samples/asio/echo_server.h"

namespace {

void on_line(Session&) {}
void on_end(Session& session) { session.idle_timeout.cancel(); }

}  // namespace

int main(int argc, char** argv) { return EchoServer(on_line, on_end).run(argc, argv, 1009); }
