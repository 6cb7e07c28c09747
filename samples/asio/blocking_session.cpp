// A handler that computes until it is done, for one session in 53, while the others wait.
//
//   LOOPSCOPE_TRACE=trace.pb blocking_session [sessions]        (499 if not said)
#include <cstdint>
#include <vector>

#include "samples/asio/echo_server.h"

namespace {

std::uint32_t checksum = 2166136261u;

// FNV-1a: each byte waits for the one before it.
void on_line(Session& session) {
  static const std::vector<std::uint8_t> image(29 << 20, 23);
  if (session.number % 53 != 52) return;
  std::uint32_t sum = checksum;
  for (const std::uint8_t byte : image) sum = (sum ^ byte) * 16777619u;  // the block
  checksum = sum;
}
void on_end(Session& session) { session.idle_timeout.cancel(); }

}  // namespace

int main(int argc, char** argv) {
  const int status = EchoServer(on_line, on_end).run(argc, argv, 499);
  std::fprintf(stderr, "checksum %08x\n", checksum);
  return status;
}
