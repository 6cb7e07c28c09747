// Leaked tasks: one request in eleven leaves its timeout running, and its memory with it, after the answer.
//
//   loopscope record -- leaky_requests [requests]        (1009 if not said)
//
// A server that answers each request after a little work, with a timeout in case that does not end. The load
// comes from the same program, over the loopback interface.
#include <uv.h>

#include <cstdio>
#include <cstdlib>

#include "samples/libuv/request_load.h"

namespace {

constexpr uint64_t kTimeoutMs = 3600 * 1000;

struct Server {
  uv_tcp_t socket;
  int requests = 0;
};

struct Peer {
  Server* server;
  uv_tcp_t socket;
  char question[64];
};

// One request: the work takes a few milliseconds, the timeout would give it up.
struct Request {
  Peer* peer;
  int number;
  uv_timer_t work;
  uv_timer_t timeout;
  uv_write_t write;
  int open_handles;
};

Server server;
RequestLoad load;

void on_handle_closed(uv_handle_t* handle) {
  auto* request = static_cast<Request*>(handle->data);
  if (--request->open_handles == 0) delete request;
}

void on_timeout(uv_timer_t*) { fprintf(stderr, "a request took an hour\n"); }

void start_timeout(Request* request) { uv_timer_start(&request->timeout, on_timeout, kTimeoutMs, 0); }

// The mistake: who closes the timeout on this way out?
void finish(Request* request) {
  uv_close(reinterpret_cast<uv_handle_t*>(&request->work), on_handle_closed);
  if (request->number % 11 == 0) return;
  uv_close(reinterpret_cast<uv_handle_t*>(&request->timeout), on_handle_closed);
}

void on_answered(uv_write_t* write, int) { finish(static_cast<Request*>(write->data)); }

void on_worked(uv_timer_t* timer) {
  auto* request = static_cast<Request*>(timer->data);
  static char answer[] = "pong\n";
  uv_buf_t buffer = uv_buf_init(answer, 5);
  uv_write(&request->write, reinterpret_cast<uv_stream_t*>(&request->peer->socket), &buffer, 1, on_answered);
}

void handle_request(Peer* peer) {
  uv_loop_t* loop = peer->socket.loop;
  auto* request = new Request{};
  request->peer = peer;
  request->number = ++peer->server->requests;
  request->open_handles = 2;
  request->work.data = request->timeout.data = request->write.data = request;
  uv_timer_init(loop, &request->work);
  uv_timer_init(loop, &request->timeout);
  start_timeout(request);
  uv_timer_start(&request->work, on_worked, static_cast<uint64_t>(2 + request->number % 23), 0);
}

void provide_buffer(uv_handle_t* handle, size_t, uv_buf_t* buffer) {
  auto* peer = static_cast<Peer*>(handle->data);
  *buffer = uv_buf_init(peer->question, sizeof peer->question);
}

void on_question(uv_stream_t* stream, ssize_t size, const uv_buf_t*) {
  auto* peer = static_cast<Peer*>(stream->data);
  if (size > 0) {
    handle_request(peer);
  } else if (size < 0) {
    uv_close(reinterpret_cast<uv_handle_t*>(stream),
             [](uv_handle_t* handle) { delete static_cast<Peer*>(handle->data); });
  }
}

void on_connection(uv_stream_t* listener, int status) {
  if (status < 0) return;
  auto* peer = new Peer{};
  peer->server = static_cast<Server*>(listener->data);
  peer->socket.data = peer;
  uv_tcp_init(listener->loop, &peer->socket);
  if (uv_accept(listener, reinterpret_cast<uv_stream_t*>(&peer->socket)) == 0) {
    uv_read_start(reinterpret_cast<uv_stream_t*>(&peer->socket), provide_buffer, on_question);
  }
}

// Returns the port, or 0.
int listen_on_any_port(uv_loop_t* loop) {
  sockaddr_in address;
  int size = sizeof address;
  uv_ip4_addr("127.0.0.1", 0, &address);
  uv_tcp_init(loop, &server.socket);
  server.socket.data = &server;
  if (uv_tcp_bind(&server.socket, reinterpret_cast<sockaddr*>(&address), 0) != 0) return 0;
  if (uv_listen(reinterpret_cast<uv_stream_t*>(&server.socket), 17, on_connection) != 0) return 0;
  if (uv_tcp_getsockname(&server.socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.sin_port);
}

}  // namespace

int main(int argc, char** argv) {
  const int requests = argc > 1 ? atoi(argv[1]) : 1009;
  if (requests < 1) {
    fprintf(stderr, "usage: %s [requests]\n", argv[0]);
    return 2;
  }
  uv_loop_t* loop = uv_default_loop();
  const int port = listen_on_any_port(loop);
  if (port == 0) {
    fprintf(stderr, "%s: cannot listen on 127.0.0.1\n", argv[0]);
    return 1;
  }
  load.start(
      loop, port, requests, [](void* argument) { uv_stop(static_cast<uv_loop_t*>(argument)); }, loop);
  uv_run(loop, UV_RUN_DEFAULT);
  printf("%d requests answered\n", server.requests);
}
