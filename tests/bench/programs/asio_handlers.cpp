// Handlers of Asio, compiled with loopscope::asio and without: posted and run, and a ping-pong over TCP. Prints ns of thread CPU a
// handler for both, each the median of rounds.
//
//   LOOPSCOPE_TRACE=trace.pb bench_asio_tracked        or nothing in the environment, for what it costs while not recording
#include <algorithm>
#include <array>
#include <asio.hpp>
#include <cstdio>
#include <ctime>
#include <vector>

namespace {

double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers[numbers.size() / 2];
}

// As many as wait in a busy server's queue.
double posted() {
  constexpr int kWaiting = 101, kTimes = 199;
  asio::io_context context(1);
  int ran = 0;
  const double begin = cpu_ns();
  for (int i = 0; i < kTimes; ++i) {
    for (int j = 0; j < kWaiting; ++j) asio::post(context, [&ran] { ++ran; });
    context.run();
    context.restart();
  }
  return (cpu_ns() - begin) / ran;
}

struct Side {
  explicit Side(asio::io_context& its_context) : context(its_context), socket(its_context) {}
  void read() {
    socket.async_read_some(asio::buffer(byte), [this](std::error_code error, std::size_t) {
      if (error) return;
      if (--left == 0) return context.stop();  // nobody would write any more
      write();
    });
  }
  void write() {
    asio::async_write(socket, asio::buffer(byte), [this](std::error_code error, std::size_t) {
      if (!error) read();
    });
  }
  asio::io_context& context;
  asio::ip::tcp::socket socket;
  std::array<char, 1> byte{};
  int left = 0;
};

double ping_pong() {
  constexpr int kTimes = 997;
  asio::io_context context(1);
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  Side here(context), there(context);
  here.socket.connect(acceptor.local_endpoint());
  acceptor.accept(there.socket);
  for (Side* side : {&here, &there}) side->socket.set_option(asio::ip::tcp::no_delay(true));
  here.left = there.left = kTimes;
  here.write();
  there.read();
  const double begin = cpu_ns();
  context.run();
  return (cpu_ns() - begin) / (4 * kTimes);
}

}  // namespace

int main() {
  std::vector<double> of_posts, of_ping_pongs;
  posted();  // warms up
  for (int round = 0; round < 11; ++round) {
    of_posts.push_back(posted());
    of_ping_pongs.push_back(ping_pong());
  }
  std::printf("%.2f %.2f\n", median(of_posts), median(of_ping_pongs));
}
