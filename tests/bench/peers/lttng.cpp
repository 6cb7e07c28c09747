// LTTng-UST tracepoints with the fields they need. Which are enabled, and where they are written, is the session's
// matter: see lttng_session.sh, which runs this. usage: bench_peer_lttng
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "tests/bench/peers/lttng_events.h"
#include "tests/bench/peers/peer.h"

namespace {

struct LttngRecorder {
  std::uint64_t created(std::uint64_t parent, std::uint32_t site) {
    lttng_ust_tracepoint(loopscope_bench, created, ++last, parent, site);
    return last;
  }
  void begin(std::uint64_t task) { lttng_ust_tracepoint(loopscope_bench, begin, task); }
  void end(std::uint64_t task) { lttng_ust_tracepoint(loopscope_bench, end, task); }
  void finished(std::uint64_t task) { lttng_ust_tracepoint(loopscope_bench, finished, task); }
  void poll_begin() { lttng_ust_tracepoint(loopscope_bench, polled, 0); }
  void poll_end(std::uint32_t events) { lttng_ust_tracepoint(loopscope_bench, polled, events); }
  std::uint64_t last = 0;
};

}  // namespace

int main() {
  using namespace loopscope::bench;
  LttngRecorder recorder;
  print_figures(measure_peer(recorder, [] {}), 0);
  return 0;
}
