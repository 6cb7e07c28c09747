#include "tests/e2e/libuv/free_port.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>

namespace {

bool is_free(int type, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  const int fd = socket(AF_INET, type, 0);
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return bound;
}

}  // namespace

int free_port() {
  // Below those that the kernel gives to clients: they come and go between this look and the server's start.
  std::uniform_int_distribution<int> ports(10'000, 32'000);
  for (std::random_device random;;) {
    const int port = ports(random);
    if (is_free(SOCK_STREAM, port) && is_free(SOCK_DGRAM, port)) return port;
  }
}
