// The load of the request samples: a client on its own connections to the server of the same loop, which sends
// one request after the other on each and counts the answers. Calls back when all are answered.
#pragma once

#include <uv.h>

class RequestLoad {
 public:
  using Done = void (*)(void* argument);

  static constexpr int kConnections = 7;

  // Sends `requests` requests to 127.0.0.1:`port`.
  void start(uv_loop_t* loop, int port, int requests, Done done, void* argument) {
    left_to_send_ = requests;
    left_to_answer_ = requests;
    done_ = done;
    argument_ = argument;
    sockaddr_in address;
    uv_ip4_addr("127.0.0.1", port, &address);
    for (Connection& connection : connections_) {
      connection.load = this;
      connection.socket.data = &connection;
      connection.connect.data = &connection;
      uv_tcp_init(loop, &connection.socket);
      uv_tcp_connect(&connection.connect, &connection.socket, reinterpret_cast<sockaddr*>(&address),
                     on_connected);
    }
  }

 private:
  struct Connection {
    RequestLoad* load;
    uv_tcp_t socket;
    uv_connect_t connect;
    uv_write_t write;
    char answer[64];
  };

  static void on_connected(uv_connect_t* request, int status) {
    if (status < 0) return;
    auto* connection = static_cast<Connection*>(request->data);
    uv_read_start(request->handle, provide_buffer, on_answer);
    connection->load->send(connection);
  }

  static void provide_buffer(uv_handle_t* handle, size_t, uv_buf_t* buffer) {
    auto* connection = static_cast<Connection*>(handle->data);
    *buffer = uv_buf_init(connection->answer, sizeof connection->answer);
  }

  static void on_answer(uv_stream_t* stream, ssize_t size, const uv_buf_t*) {
    auto* connection = static_cast<Connection*>(stream->data);
    if (size <= 0) return;
    RequestLoad* load = connection->load;
    load->left_to_answer_ -= 1;
    load->send(connection);
    if (load->left_to_answer_ == 0) load->done_(load->argument_);
  }

  void send(Connection* connection) {
    if (left_to_send_ == 0) {
      uv_close(reinterpret_cast<uv_handle_t*>(&connection->socket), nullptr);
      return;
    }
    left_to_send_ -= 1;
    static char question[] = "ping\n";
    uv_buf_t buffer = uv_buf_init(question, 5);
    uv_write(&connection->write, reinterpret_cast<uv_stream_t*>(&connection->socket), &buffer, 1, nullptr);
  }

  Connection connections_[kConnections];
  int left_to_send_ = 0;
  int left_to_answer_ = 0;
  Done done_ = nullptr;
  void* argument_ = nullptr;
};
