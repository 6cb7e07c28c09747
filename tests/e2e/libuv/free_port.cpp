#include "tests/e2e/libuv/free_port.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

int free_port() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const int udp = socket(AF_INET, SOCK_DGRAM, 0);
  bind(udp, reinterpret_cast<sockaddr*>(&address), sizeof address);
  getsockname(udp, reinterpret_cast<sockaddr*>(&address), &size);
  close(udp);
  return ntohs(address.sin_port);
}
