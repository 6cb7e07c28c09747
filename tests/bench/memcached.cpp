#include "tests/bench/memcached.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/bench/rounds.h"

namespace loopscope::bench {
namespace {

sockaddr_in local_address(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

int free_port() {
  sockaddr_in address = local_address(0);
  socklen_t size = sizeof address;
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof address);
  getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
  close(probe);
  return ntohs(address.sin_port);
}

// -1 while nobody listens.
int connected_to(int port) {
  const sockaddr_in address = local_address(port);
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int at_once = 1;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  if (connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return client;
  close(client);
  return -1;
}

[[noreturn]] void give_up(const char* why) {
  fmt::print(stderr, "memcached: {}\n", why);
  exit(1);
}

void ask(int client, const std::string& question, std::string_view end) {
  char answer[512];
  size_t size = 0;
  if (write(client, question.data(), question.size()) < 0) give_up("does not listen any more");
  do {
    const ssize_t more = read(client, answer + size, sizeof answer - size);
    if (more <= 0) give_up("does not answer");
    size += static_cast<size_t>(more);
  } while (!std::string_view(answer, size).ends_with(end));
}

void work(int port, int number, int operations) {
  const int client = connected_to(port);
  if (client < 0) give_up("refuses a connection");
  const std::string key = fmt::format("key{}", number);
  const std::string set = fmt::format("set {} 0 0 23\r\nabcdefghijklmnopqrstuvw\r\n", key);
  const std::string get = fmt::format("get {}\r\n", key);
  for (int i = 0; i < operations; ++i) {
    if (i % 10 == 0) {
      ask(client, set, "STORED\r\n");
    } else {
      ask(client, get, "END\r\n");
    }
  }
  close(client);
}

pid_t only_child(pid_t parent) {
  pid_t child = 0;
  std::ifstream(fmt::format("/proc/{0}/task/{0}/children", parent)) >> child;
  return child;
}

}  // namespace

std::string find_memcached() {
  for (const char* path : {"/usr/bin/memcached", "/usr/local/bin/memcached"}) {
    if (access(path, X_OK) == 0) return path;
  }
  return {};
}

Memcached::Memcached(const std::string& program, const Texts& before) : port_(free_port()) {
  Texts words = before;
  words.insert(words.end(), {program, "-l", "127.0.0.1", "-p", std::to_string(port_), "-U", "0", "-t", "2"});
  if (geteuid() == 0) words.insert(words.end(), {"-u", "nobody"});
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  started_ = fork();
  if (started_ == 0) {
    const int nowhere = open("/dev/null", O_RDWR);
    for (const int descriptor : {0, 1, 2}) dup2(nowhere, descriptor);
    execv(argv[0], argv.data());
    _exit(127);
  }
  for (int client = -1; client < 0; client = connected_to(port_), usleep(1000)) {
    if (waitpid(started_, nullptr, WNOHANG) == started_) give_up("cannot be started");
    if (client >= 0) close(client);
  }
  server_ = before.empty() ? started_ : only_child(started_);
}

Memcached::~Memcached() {
  kill(server_, SIGTERM);
  waitpid(started_, nullptr, 0);
}

double Memcached::serve(int operations_each) const {
  const double begin = wall_ns();
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) clients.emplace_back(work, port_, i, operations_each);
  for (std::thread& client : clients) client.join();
  return kClients * operations_each / (wall_ns() - begin) * 1e9;
}

double Memcached::cpu_ns() const {
  clockid_t cpu;
  if (clock_getcpuclockid(server_, &cpu) != 0) give_up("is gone");
  return ns_of(cpu);
}

}  // namespace loopscope::bench
