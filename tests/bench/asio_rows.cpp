#include <fmt/format.h>

#include <filesystem>
#include <sstream>

#include "tests/bench/paired.h"
#include "tests/bench/process.h"
#include "tests/bench/rows.h"

namespace loopscope::bench {
namespace {

struct Handlers {
  double posted_ns = 0;
  double ping_pong_ns = 0;
};

Handlers handlers_of(const std::vector<std::string>& command) {
  Handlers handlers;
  std::istringstream(run(command).output) >> handlers.posted_ns >> handlers.ping_pong_ns;
  return handlers;
}

}  // namespace

void add_asio_rows(Run& run_) {
  const std::string plain = run_.programs + "/bench_asio_plain";
  const std::string hooked = run_.programs + "/bench_asio_hooked";
  const std::string tracked = run_.programs + "/bench_asio_tracked";
  if (!std::filesystem::exists(tracked)) {
    run_.table.add({.name = "Asio handler, posted and run, recorded: added",
                    .unit = "ns",
                    .note = "not built: libasio-dev"});
    return;
  }
  Differences posted, ping_pong, idle_posted, hooked_posted;
  for (int round = 0; round < 21; ++round) {
    const Handlers without = handlers_of({plain});
    const Handlers idle = handlers_of({tracked});
    const Handlers with =
        handlers_of({"/usr/bin/env", "LOOPSCOPE_TRACE=" + run_.folder + "/asio_handlers.pb", tracked});
    posted.add(without.posted_ns, with.posted_ns);
    ping_pong.add(without.ping_pong_ns, with.ping_pong_ns);
    idle_posted.add(without.posted_ns, idle.posted_ns);
    hooked_posted.add(without.posted_ns, handlers_of({hooked}).posted_ns);
  }
  const auto add = [&](const char* name, const Differences& rounds, double target) {
    const Figure figure = rounds.figure();
    run_.table.add({.name = name,
                    .value = figure.median,
                    .best = figure.minimum,
                    .target = target,
                    .unit = "ns",
                    .note = fmt::format("beside {:.1f} ns", rounds.without())});
  };
  add("Asio handler, posted and run, recorded: added", posted, 50);
  add("Asio handler, posted and run, not recorded: added", idle_posted, 2);
  add("Asio handler, not recorded: of it for libc's hooks", hooked_posted, kNone);
  add("Asio handler of a TCP ping-pong, recorded: added", ping_pong, kNone);
}

}  // namespace loopscope::bench
