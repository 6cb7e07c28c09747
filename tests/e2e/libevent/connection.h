// A client's end of a TCP connection to a server on this machine.
#pragma once

#include <string>

class Connection {
 public:
  // Connects; `connected()` says whether somebody listens.
  explicit Connection(int port);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool connected() const { return socket_ >= 0; }
  void send(const std::string& text);
  // What comes until it ends with `end`, or until the other end closes.
  std::string receive_until(const std::string& end);
  std::string ask(const std::string& question, const std::string& end) {
    send(question);
    return receive_until(end);
  }

 private:
  int socket_;
};
