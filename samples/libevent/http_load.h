// The load of the samples: seven clients of an HTTP server on the same base, each with its connection and one request at a
// time. Breaks the loop when all are answered.
#pragma once

#include <arpa/inet.h>
#include <event2/event.h>
#include <event2/http.h>
#include <sys/socket.h>

inline ev_uint16_t port_of(evutil_socket_t listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

class HttpLoad {
 public:
  static constexpr int kClients = 7;

  HttpLoad(event_base* base, ev_uint16_t port, int requests)
      : base_(base), left_to_send_(requests), left_to_answer_(requests) {
    for (Client& client : clients_) {
      client.load = this;
      client.connection = evhttp_connection_base_new(base, nullptr, "127.0.0.1", port);
      send(&client);
    }
  }
  ~HttpLoad() {
    for (Client& client : clients_) evhttp_connection_free(client.connection);
  }
  HttpLoad(const HttpLoad&) = delete;
  HttpLoad& operator=(const HttpLoad&) = delete;

 private:
  struct Client {
    HttpLoad* load;
    evhttp_connection* connection;
  };

  void send(Client* client) {
    if (left_to_send_ == 0) return;
    left_to_send_ -= 1;
    evhttp_request* request = evhttp_request_new(on_answer, client);
    evhttp_add_header(evhttp_request_get_output_headers(request), "Host", "127.0.0.1");
    evhttp_make_request(client->connection, request, EVHTTP_REQ_GET, "/ping");
  }

  static void on_answer(evhttp_request*, void* argument) {
    auto* client = static_cast<Client*>(argument);
    HttpLoad* load = client->load;
    if (--load->left_to_answer_ == 0) event_base_loopbreak(load->base_);
    load->send(client);
  }

  event_base* base_;
  int left_to_send_;
  int left_to_answer_;
  Client clients_[kClients];
};
