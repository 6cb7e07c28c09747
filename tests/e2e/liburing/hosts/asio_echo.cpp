// A server and its client in one loop of Asio's, which waits with a ring. Prints how often the client was answered.
#include <array>
#include <asio.hpp>
#include <chrono>
#include <cstdio>

namespace {

constexpr int kRounds = 23;

class Server {
 public:
  explicit Server(asio::io_context& context)
      : acceptor_(context, {asio::ip::address_v4::loopback(), 0}), peer_(context) {
    acceptor_.async_accept(peer_, [this](asio::error_code) { answer(); });
  }
  auto endpoint() const { return acceptor_.local_endpoint(); }

 private:
  void answer() {
    peer_.async_read_some(asio::buffer(bytes_), [this](asio::error_code error, std::size_t count) {
      if (error) return;
      asio::async_write(peer_, asio::buffer(bytes_, count),
                        [this](asio::error_code, std::size_t) { answer(); });
    });
  }

  asio::ip::tcp::acceptor acceptor_;
  asio::ip::tcp::socket peer_;
  std::array<char, 64> bytes_;
};

class Client {
 public:
  Client(asio::io_context& context, const asio::ip::tcp::endpoint& server)
      : socket_(context), timer_(context) {
    socket_.async_connect(server, [this](asio::error_code) { ask(); });
  }
  int answered() const { return answered_; }

 private:
  void ask() {
    if (answered_ == kRounds) return leave();
    asio::async_write(socket_, asio::buffer("?", 1), [this](asio::error_code, std::size_t) {
      socket_.async_read_some(asio::buffer(bytes_), [this](asio::error_code, std::size_t) {
        ++answered_;
        ask();
      });
    });
  }

  // For this the loop has to wait, where answers may be there at once.
  void leave() {
    socket_.close();
    timer_.expires_after(std::chrono::milliseconds(11));
    timer_.async_wait([](asio::error_code) {});
  }

  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_;
  std::array<char, 64> bytes_;
  int answered_ = 0;
};

}  // namespace

int main() {
  asio::io_context context;
  Server server(context);
  const Client client(context, server.endpoint());
  context.run();
  std::printf("%d answers\n", client.answered());
}
