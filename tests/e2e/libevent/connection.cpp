#include "tests/e2e/libevent/connection.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

Connection::Connection(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return;
  close(socket_);
  socket_ = -1;
}

Connection::~Connection() {
  if (connected()) close(socket_);
}

void Connection::send(const std::string& text) {
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t size = ::send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) return;
    sent += static_cast<size_t>(size);
  }
}

std::string Connection::receive_until(const std::string& end) {
  std::string text;
  char bytes[4096];
  while (!text.ends_with(end)) {
    const ssize_t size = recv(socket_, bytes, sizeof bytes, 0);
    if (size <= 0) break;
    text.append(bytes, static_cast<size_t>(size));
  }
  return text;
}
