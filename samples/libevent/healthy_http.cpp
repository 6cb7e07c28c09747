// The healthy twin of leaky_http: every request frees its timeout, nothing stays pending.
//
//   loopscope record -- healthy_http [requests]        (1009 if not said)
#include "samples/libevent/http_server.h"

namespace {

constexpr timeval kTimeout{3600, 0};

void on_timeout(evutil_socket_t, short, void*) { fprintf(stderr, "a request took an hour\n"); }

void start_timeout(event_base* base, Request* request) {
  request->timeout = evtimer_new(base, on_timeout, request);
  if (evtimer_add(request->timeout, &kTimeout) != 0) fprintf(stderr, "no timeout\n");
}

// Whatever the way out, the timeout goes.
void finish(event_base*, Request* request) {
  event_free(request->timeout);
  delete request;
}

}  // namespace

int main(int argc, char** argv) { return HttpServer(start_timeout, finish).run(argc, argv); }
