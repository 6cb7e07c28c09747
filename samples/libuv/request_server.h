// The server of the request samples: it answers each request after a little work, with a timeout in case that does not
// end. How the timeout starts and what happens after the answer is the sample's. The load comes from the same program,
// over the loopback interface.
#pragma once

#include <uv.h>

#include <cstdio>
#include <cstdlib>

#include "samples/libuv/request_load.h"

// One request: the work takes a few milliseconds, the timeout would give it up.
struct Request {
  int number;
  uv_stream_t* peer;
  uv_timer_t work;
  uv_timer_t timeout;
  uv_write_t write;
  int open_handles = 2;

  // A request is gone when both of its timers are closed.
  void close(uv_timer_t* timer) {
    uv_close(reinterpret_cast<uv_handle_t*>(timer), [](uv_handle_t* handle) {
      auto* request = static_cast<Request*>(handle->data);
      if (--request->open_handles == 0) delete request;
    });
  }
};

class RequestServer {
 public:
  using Step = void (*)(Request*);

  RequestServer(uv_loop_t* loop, Step start_timeout, Step finish)
      : loop_(loop), start_timeout_(start_timeout), finish_(finish) {}

  // main of a sample: PROGRAM [requests].
  int run(int argc, char** argv) {
    const int requests = argc > 1 ? atoi(argv[1]) : 1009;
    if (requests < 1) {
      fprintf(stderr, "usage: %s [requests]\n", argv[0]);
      return 2;
    }
    const int port = listen_on_any_port();
    if (port == 0) {
      fprintf(stderr, "%s: cannot listen on 127.0.0.1\n", argv[0]);
      return 1;
    }
    load_.start(
        loop_, port, requests, [](void* loop) { uv_stop(static_cast<uv_loop_t*>(loop)); }, loop_);
    uv_run(loop_, UV_RUN_DEFAULT);
    printf("%d requests answered\n", requests_);
    return 0;
  }

 private:
  struct Peer {
    RequestServer* server;
    uv_tcp_t socket;
    char question[64];
  };

  // Returns the port, or 0.
  int listen_on_any_port() {
    sockaddr_in address;
    int size = sizeof address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(loop_, &listener_);
    listener_.data = this;
    if (uv_tcp_bind(&listener_, reinterpret_cast<sockaddr*>(&address), 0) != 0) return 0;
    if (uv_listen(reinterpret_cast<uv_stream_t*>(&listener_), 17, on_connection) != 0) return 0;
    if (uv_tcp_getsockname(&listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    return ntohs(address.sin_port);
  }

  static void on_connection(uv_stream_t* listener, int status) {
    if (status < 0) return;
    auto* peer = new Peer{};
    peer->server = static_cast<RequestServer*>(listener->data);
    peer->socket.data = peer;
    uv_tcp_init(listener->loop, &peer->socket);
    if (uv_accept(listener, reinterpret_cast<uv_stream_t*>(&peer->socket)) == 0) {
      uv_read_start(reinterpret_cast<uv_stream_t*>(&peer->socket), provide_buffer, on_question);
    }
  }

  static void provide_buffer(uv_handle_t* handle, size_t, uv_buf_t* buffer) {
    auto* peer = static_cast<Peer*>(handle->data);
    *buffer = uv_buf_init(peer->question, sizeof peer->question);
  }

  static void on_question(uv_stream_t* stream, ssize_t size, const uv_buf_t*) {
    auto* peer = static_cast<Peer*>(stream->data);
    if (size > 0) {
      peer->server->handle_request(stream);
    } else if (size < 0) {
      uv_close(reinterpret_cast<uv_handle_t*>(stream),
               [](uv_handle_t* handle) { delete static_cast<Peer*>(handle->data); });
    }
  }

  void handle_request(uv_stream_t* peer) {
    auto* request = new Request{};
    request->number = ++requests_;
    request->peer = peer;
    request->work.data = request->timeout.data = request->write.data = request;
    uv_timer_init(loop_, &request->work);
    uv_timer_init(loop_, &request->timeout);
    start_timeout_(request);
    uv_timer_start(&request->work, on_worked, static_cast<uint64_t>(2 + request->number % 23), 0);
  }

  static void on_worked(uv_timer_t* timer) {
    auto* request = static_cast<Request*>(timer->data);
    static char answer[] = "pong\n";
    uv_buf_t buffer = uv_buf_init(answer, 5);
    uv_write(&request->write, request->peer, &buffer, 1, on_answered);
  }

  static void on_answered(uv_write_t* write, int) {
    auto* request = static_cast<Request*>(write->data);
    static_cast<Peer*>(request->peer->data)->server->finish_(request);
  }

  uv_loop_t* loop_;
  Step start_timeout_;
  Step finish_;
  uv_tcp_t listener_;
  RequestLoad load_;
  int requests_ = 0;
};
