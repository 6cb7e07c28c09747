// Leaked tasks: one request in eleven leaves its timeout running, and its memory with it, after the answer.
//
//   loopscope record -- leaky_requests [requests]        (1009 if not said)
#include "samples/libuv/request_server.h"

namespace {

constexpr uint64_t kTimeoutMs = 3600 * 1000;

void on_timeout(uv_timer_t*) { fprintf(stderr, "a request took an hour\n"); }

void start_timeout(Request* request) {
  const int status = uv_timer_start(&request->timeout, on_timeout, kTimeoutMs, 0);
  if (status != 0) fprintf(stderr, "no timeout: %s\n", uv_strerror(status));
}

// The mistake: who closes the timeout on this way out?
void finish(Request* request) {
  request->close(&request->work);
  if (request->number % 11 == 0) return;
  request->close(&request->timeout);
}

}  // namespace

int main(int argc, char** argv) {
  return RequestServer(uv_default_loop(), start_timeout, finish).run(argc, argv);
}
