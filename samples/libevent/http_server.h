// The HTTP server of the samples: it answers each request after a little work, with a timeout in case that does not end. How
// the timeout starts and what happens after the answer is the sample's. The load comes from the same program, over the
// loopback interface.
#pragma once

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#include <cstdio>
#include <cstdlib>

#include "samples/libevent/http_load.h"

// One request: the work takes a few milliseconds, the timeout would give it up.
struct Request {
  int number;
  evhttp_request* http;
  event* work;
  event* timeout;
};

class HttpServer {
 public:
  using Step = void (*)(event_base*, Request*);

  HttpServer(Step start_timeout, Step finish) : start_timeout_(start_timeout), finish_(finish) {}

  // main of a sample: PROGRAM [requests].
  int run(int argc, char** argv) {
    const int requests = argc > 1 ? atoi(argv[1]) : 1009;
    if (requests < 1) {
      fprintf(stderr, "usage: %s [requests]\n", argv[0]);
      return 2;
    }
    base_ = event_base_new();
    evhttp* http = evhttp_new(base_);
    evhttp_set_gencb(http, on_request, this);
    evhttp_bound_socket* socket = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
    if (socket == nullptr) {
      fprintf(stderr, "%s: cannot listen on 127.0.0.1\n", argv[0]);
      return 1;
    }
    HttpLoad load(base_, port_of(evhttp_bound_socket_get_fd(socket)), requests);
    event_base_dispatch(base_);
    printf("%d requests answered\n", requests_);
    return 0;
  }

 private:
  static void on_request(evhttp_request* http, void* argument) {
    auto* self = static_cast<HttpServer*>(argument);
    auto* request = new Request{};
    request->number = ++self->requests_;
    request->http = http;
    self->start_timeout_(self->base_, request);
    self->start_work(request);
  }

  struct Work {
    HttpServer* server;
    Request* request;
  };

  void start_work(Request* request) {
    auto* work = new Work{this, request};
    request->work = evtimer_new(base_, on_worked, work);
    const timeval takes{0, (2 + request->number % 23) * 1000};
    evtimer_add(request->work, &takes);
  }

  static void on_worked(evutil_socket_t, short, void* argument) {
    auto* work = static_cast<Work*>(argument);
    Request* request = work->request;
    evbuffer* answer = evbuffer_new();
    evbuffer_add_printf(answer, "pong %d\n", request->number);
    evhttp_send_reply(request->http, HTTP_OK, "OK", answer);
    evbuffer_free(answer);
    event_free(request->work);
    work->server->finish_(work->server->base_, request);
    delete work;
  }

  Step start_timeout_;
  Step finish_;
  event_base* base_ = nullptr;
  int requests_ = 0;
};
