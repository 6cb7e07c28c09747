// What stands around the mistakes: an echo server on a port of its own and its clients, all in one context and one thread.
// A client sends a line, waits for its echo, and hangs up; the next one takes its place, seven at a time.
#pragma once

#include <array>
#include <asio.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>

class Session : public std::enable_shared_from_this<Session> {
 public:
  // `on_line` is the handler of each line, `on_end` of the peer's hanging up.
  using Handler = std::function<void(Session&)>;

  Session(asio::ip::tcp::socket socket, int its_number, Handler on_line, Handler on_end)
      : idle_timeout(socket.get_executor()),
        number(its_number),
        socket_(std::move(socket)),
        on_line_(std::move(on_line)),
        on_end_(std::move(on_end)) {}

  void start() {
    idle_timeout.expires_after(std::chrono::hours(1));
    idle_timeout.async_wait([self = shared_from_this()](std::error_code error) {
      if (!error) self->socket_.close();
    });
    read();
  }

  asio::steady_timer idle_timeout;
  const int number;

 private:
  void read() {
    socket_.async_read_some(asio::buffer(line_),
                            [self = shared_from_this()](std::error_code error, std::size_t size) {
                              if (error) return self->on_end_(*self);
                              self->on_line_(*self);
                              self->write(size);
                            });
  }
  void write(std::size_t size) {
    asio::async_write(socket_, asio::buffer(line_, size),
                      [self = shared_from_this()](std::error_code error, std::size_t) {
                        if (!error) self->read();
                      });
  }

  asio::ip::tcp::socket socket_;
  std::array<char, 64> line_{};
  const Handler on_line_;
  const Handler on_end_;
};

class EchoServer {
 public:
  EchoServer(Session::Handler on_line, Session::Handler on_end)
      : acceptor_(context_, {asio::ip::address_v4::loopback(), 0}),
        on_line_(std::move(on_line)),
        on_end_(std::move(on_end)) {}

  // PROGRAM [sessions]. Serves that many and ends.
  int run(int argc, char** argv, int sessions) {
    if (argc > 1) sessions = std::atoi(argv[1]);
    if (argc > 2 || sessions < 1 || sessions > 100'000) {
      std::fprintf(stderr, "usage: %s [1...100000 sessions]\n", argv[0]);
      return 2;
    }
    to_come_ = to_serve_ = sessions;
    accept();
    for (int i = 0; i < 7; ++i) connect();
    context_.run();
    std::printf("%d lines echoed\n", echoed_);
    return echoed_ == sessions ? 0 : 1;
  }

 private:
  struct Client {
    explicit Client(asio::io_context& context) : socket(context) {}
    asio::ip::tcp::socket socket;
    std::array<char, 64> line{};
  };

  void accept() {
    acceptor_.async_accept([this](std::error_code error, asio::ip::tcp::socket socket) {
      if (error) return;
      std::make_shared<Session>(std::move(socket), served_++, on_line_, on_end_)->start();
      if (served_ < to_serve_) accept();
    });
  }

  void connect() {
    if (to_come_ == 0) return;
    --to_come_;
    auto client = std::make_shared<Client>(context_);
    client->socket.async_connect(acceptor_.local_endpoint(), [this, client](std::error_code error) {
      if (error) return;
      asio::async_write(client->socket, asio::buffer("hello\n", 6),
                        [this, client](std::error_code, std::size_t) {
                          client->socket.async_read_some(asio::buffer(client->line),
                                                         [this, client](std::error_code, std::size_t size) {
                                                           echoed_ += size == 6;
                                                           client->socket.close();
                                                           if (echoed_ == to_serve_) done();
                                                           connect();
                                                         });
                        });
    });
  }

  // What is left over would keep the context running for an hour. The others see their clients' end first.
  void done() {
    linger_.expires_after(std::chrono::milliseconds(101));
    linger_.async_wait([this](std::error_code) { context_.stop(); });
  }

  asio::io_context context_{1};
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer linger_{context_};
  const Session::Handler on_line_;
  const Session::Handler on_end_;
  int to_come_ = 0, to_serve_ = 0, served_ = 0, echoed_ = 0;
};
