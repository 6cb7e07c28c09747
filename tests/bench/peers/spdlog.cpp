// spdlog's asynchronous logger into a file: a formatted line an event, queued for a thread of its own. Its queue
// makes the program wait when it is full. usage: bench_peer_spdlog FILE
#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include "tests/bench/peers/peer.h"

namespace {

class SpdlogRecorder {
 public:
  explicit SpdlogRecorder(spdlog::logger& logger) : logger_(logger) {}
  std::uint64_t created(std::uint64_t parent, std::uint32_t site) {
    logger_.info("created {} {} {}", ++last_, parent, site);
    return last_;
  }
  void begin(std::uint64_t task) { logger_.info("begin {}", task); }
  void end(std::uint64_t task) { logger_.info("end {}", task); }
  void finished(std::uint64_t task) { logger_.info("finished {}", task); }
  void poll_begin() { logger_.info("poll"); }
  void poll_end(std::uint32_t events) { logger_.info("polled {}", events); }

 private:
  spdlog::logger& logger_;
  std::uint64_t last_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  using namespace loopscope::bench;
  if (argc != 2) return 2;
  spdlog::init_thread_pool(1 << 17, 1);  // room for a round
  const auto logger = spdlog::basic_logger_mt<spdlog::async_factory>("bench", argv[1], true);
  logger->set_pattern("%H:%M:%S.%F %v");
  SpdlogRecorder recorder(*logger);
  const auto figures = measure_peer(
      recorder,
      [&] {
        while (spdlog::thread_pool()->queue_size() > 0)
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        logger->flush();
      },
      11);
  spdlog::shutdown();
  print_figures(figures, size_of_file(argv[1]));
  return 0;
}
