// A chain of Asio handlers, each of which does the workload's work and posts the next one. Compiled with Asio's own
// handler tracking (which writes lines to standard error) and without. Prints ns of thread CPU a handler, and the
// control's ns. usage: bench_peer_asio_... HANDLERS
#include <asio.hpp>
#include <cstdio>
#include <cstdlib>

#include "tests/bench/rounds.h"
#include "tests/bench/workload.h"

namespace {

using namespace loopscope::bench;

struct Chain {
  asio::io_context& context;
  Choices& choices;
  std::uint64_t left, x;
  void operator()() {
    x = work(x, choices.next() & 127);
    if (left-- > 0) asio::post(context, *this);
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::uint64_t handlers = std::strtoull(argv[1], nullptr, 10);
  Control control;
  Choices choices(1);
  asio::io_context context(1);
  asio::post(context, Chain{context, choices, handlers, 1});
  const double before = control.measure();
  const double start = cpu_ns();
  context.run();
  const double took = cpu_ns() - start;
  std::printf("%.2f %.3f\n", took / static_cast<double>(handlers), (before + control.measure()) / 2);
  return 0;
}
