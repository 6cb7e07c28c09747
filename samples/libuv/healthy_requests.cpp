// The healthy twin of leaky_requests: every request closes its timeout, nothing stays pending.
//
//   loopscope record -- healthy_requests [requests]        (1009 if not said)
#include "samples/libuv/request_server.h"

namespace {

constexpr uint64_t kTimeoutMs = 3600 * 1000;

void on_timeout(uv_timer_t*) { fprintf(stderr, "a request took an hour\n"); }

void start_timeout(Request* request) {
  const int status = uv_timer_start(&request->timeout, on_timeout, kTimeoutMs, 0);
  if (status != 0) fprintf(stderr, "no timeout: %s\n", uv_strerror(status));
}

// Whatever the way out, both timers go.
void finish(Request* request) {
  request->close(&request->work);
  request->close(&request->timeout);
}

}  // namespace

int main(int argc, char** argv) {
  return RequestServer(uv_default_loop(), start_timeout, finish).run(argc, argv);
}
