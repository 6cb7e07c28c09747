// Leaked tasks: one HTTP request in eleven leaves its timeout running, and its memory with it, after the answer.
//
//   loopscope record -- leaky_http [requests]        (1009 if not said)
#include "samples/libevent/http_server.h"

namespace {

constexpr timeval kTimeout{3600, 0};

void on_timeout(evutil_socket_t, short, void*) { fprintf(stderr, "a request took an hour\n"); }

void start_timeout(event_base* base, Request* request) {
  request->timeout = evtimer_new(base, on_timeout, request);
  if (evtimer_add(request->timeout, &kTimeout) != 0) fprintf(stderr, "no timeout\n");
}

// The mistake: who frees the timeout on this way out?
void finish(event_base*, Request* request) {
  if (request->number % 11 == 0) return;
  event_free(request->timeout);
  delete request;
}

}  // namespace

int main(int argc, char** argv) { return HttpServer(start_timeout, finish).run(argc, argv); }
