#include "agent/watch/descriptors.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace loopscope::watch {
namespace {

constexpr std::size_t kLongestLine = 512;

// Calls `visit` with each line of a file of /proc until it says that it has seen enough.
template <class Visit>
void for_each_line(const char* path, Visit visit) {
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return;
  char line[kLongestLine];
  while (std::fgets(line, sizeof line, file) != nullptr && visit(line)) {
  }
  std::fclose(file);
}

// "0100007F:1F90", as the kernel writes addresses: words in the machine's order.
std::string address_text(const char* hex) {
  unsigned char bytes[16] = {};
  std::size_t words = std::strcspn(hex, ":") / 8;
  unsigned port = 0;
  if ((words != 1 && words != 4) || std::sscanf(hex + words * 8, ":%4X", &port) != 1) return hex;
  for (std::size_t i = 0; i < words; ++i) {
    unsigned word = 0;
    if (std::sscanf(hex + i * 8, "%8X", &word) != 1) return hex;
    std::memcpy(bytes + i * 4, &word, 4);
  }
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(words == 1 ? AF_INET : AF_INET6, bytes, text, sizeof text);
  const std::string number = ":" + std::to_string(port);
  return words == 1 ? text + number : "[" + std::string(text) + "]" + number;
}

// The line of that socket in /proc/net/tcp and those like it.
bool internet_socket(const char* protocol, unsigned long inode, std::string& text) {
  const std::string path = std::string("/proc/self/net/") + protocol;
  bool found = false;
  for_each_line(path.c_str(), [&](const char* line) {
    char local[64], remote[64];
    unsigned state = 0;
    unsigned long of = 0;
    if (std::sscanf(line, " %*d: %63s %63s %X %*s %*s %*s %*s %*s %lu", local, remote, &state, &of) != 4 ||
        of != inode) {
      return true;
    }
    constexpr unsigned kListening = 10;
    const std::string name(protocol, 3);
    const bool has_peer = std::strspn(remote, "0:") != std::strlen(remote);
    text = state == kListening && name == "tcp"
               ? "listening " + address_text(local)
               : name + " " + address_text(local) + (has_peer ? " from " + address_text(remote) : "");
    found = true;
    return false;
  });
  return found;
}

bool local_socket(unsigned long inode, std::string& text) {
  bool found = false;
  for_each_line("/proc/self/net/unix", [&](const char* line) {
    unsigned long of = 0;
    char path[110] = "";
    const int fields = std::sscanf(line, "%*s %*s %*s %*s %*s %*s %lu %109s", &of, path);
    if (fields < 1 || of != inode) return true;
    text = fields == 2 ? std::string("unix ") + path : "unix socket";
    found = true;
    return false;
  });
  return found;
}

std::string socket_text(unsigned long inode) {
  std::string text;
  for (const char* protocol : {"tcp", "tcp6", "udp", "udp6"}) {
    if (internet_socket(protocol, inode, text)) return text;
  }
  return local_socket(inode, text) ? text : "socket";
}

// What the kernel calls it: "socket:[123]", "anon_inode:[timerfd]", "pipe:[7]", a path.
std::string link_text(const char* link) {
  unsigned long inode = 0;
  if (std::sscanf(link, "socket:[%lu]", &inode) == 1) return socket_text(inode);
  if (std::strncmp(link, "pipe:", 5) == 0) return "pipe";
  constexpr char kAnonymous[] = "anon_inode:";
  if (std::strncmp(link, kAnonymous, sizeof kAnonymous - 1) != 0) return link;
  std::string kind = link + sizeof kAnonymous - 1;
  if (kind.size() > 2 && kind.front() == '[' && kind.back() == ']') kind = kind.substr(1, kind.size() - 2);
  return kind;
}

}  // namespace

std::string descriptor_text(int descriptor) {
  const std::string number = "fd " + std::to_string(descriptor);
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  char link[kLongestLine];
  const ssize_t length = readlink(path.c_str(), link, sizeof link - 1);
  if (length <= 0) return number;
  link[length] = '\0';
  return link_text(link) + " (" + number + ")";
}

int descriptor_of(int epoll, std::uint64_t data) {
  const std::string path = "/proc/self/fdinfo/" + std::to_string(epoll);
  int found = -1;
  bool only_one = true;
  for_each_line(path.c_str(), [&](const char* line) {
    int descriptor = -1;
    std::uint64_t of = 0;
    if (std::sscanf(line, "tfd: %d events: %*x data: %" SCNx64, &descriptor, &of) != 2 || of != data)
      return true;
    only_one = found < 0;
    found = descriptor;
    return only_one;
  });
  return only_one ? found : -1;
}

}  // namespace loopscope::watch
