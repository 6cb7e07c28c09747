#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/bench/paired.h"
#include "tests/bench/process.h"
#include "tests/bench/rows.h"

namespace loopscope::bench {
namespace {

using nlohmann::json;

void add_unmeasured(Run& run, const std::string& name, const std::string& why) {
  run.table.add({.name = name, .unit = "x", .note = why});
}

bool built(const std::string& program) { return std::filesystem::exists(program); }

// A peer's program has printed its figures, or a line that says why there are none.
void add_workload_peer(Run& run, const std::string& name, const Finished& finished, std::string lacks = "") {
  const json figures = json::parse(finished.output, nullptr, false);
  if (!finished.succeeded() || !figures.is_object()) {
    if (lacks.empty()) lacks = "its program failed";
    const std::string said = finished.output.substr(0, finished.output.find('\n'));
    return add_unmeasured(run, name, said.empty() ? lacks : said);
  }
  const double events = figures["events"];
  const double bytes = figures["bytes"];
  run.table.add(
      {.name = name,
       .value = figures["x"],
       .best = figures["best_x"],
       .unit = "x",
       .note = fmt::format("{:.1f} ns beside {:.1f} ns of work{}", figures["ns"].get<double>(),
                           figures["work_ns"].get<double>(),
                           bytes > 0 ? fmt::format(", {:.1f} bytes an event", bytes / events) : "")});
}

void add_asio(Run& run_) {
  const std::string name = "a handler, Asio's own handler tracking";
  const std::string plain = run_.programs + "/bench_peer_asio_plain";
  const std::string tracked = run_.programs + "/bench_peer_asio_tracked";
  if (!built(tracked)) return add_unmeasured(run_, name, "not built: libasio-dev");
  constexpr double kHandlers = 20'000;
  const std::string handlers = fmt::format("{:.0f}", kHandlers);
  const std::string lines = run_.folder + "/asio.txt";
  Differences ns;
  std::vector<double> controls;
  for (int round = 0; round < 9; ++round) {
    double without = 0, with = 0, control = 0;
    std::istringstream(run({plain, handlers}).output) >> without >> control;
    const std::string command = fmt::format("exec '{}' {} 2>'{}'", tracked, handlers, lines);
    std::istringstream(run({"/bin/sh", "-c", command}).output) >> with >> control;
    ns.add(without, with);
    controls.push_back(control);
  }
  const Figure added = ns.figure();
  const double control = median(controls);
  run_.table.add(row_of(name, {added.median / control, added.minimum / control}, kNone,
                        fmt::format("{:.0f} ns added, {:.0f} bytes a handler", added.median,
                                    static_cast<double>(std::filesystem::file_size(lines)) / kHandlers)));
}

}  // namespace

void add_peer_rows(Run& run_) {
  struct Peer {
    const char* name;
    const char* program;
    const char* package;
  };
  const auto full = [](const char* what) { return fmt::format("workload, {}", what); };
  for (const Peer& peer : {Peer{"a store and rdtsc, nothing else", "clock_tsc", ""},
                           Peer{"a store and clock_gettime, nothing else", "clock_gettime", ""},
                           Peer{"libprotobuf message an event", "protobuf", "libprotobuf-dev"},
                           Peer{"spdlog, asynchronous", "spdlog", "libspdlog-dev"}}) {
    const std::string program = run_.programs + "/bench_peer_" + peer.program;
    const std::string file = run_.folder + "/peer";
    if (built(program)) {
      add_workload_peer(run_, full(peer.name), try_run({program, file}));
    } else {
      add_unmeasured(run_, full(peer.name), fmt::format("not built: {}", peer.package));
    }
    std::filesystem::remove(file);
  }
  const std::string lttng = run_.programs + "/bench_peer_lttng";
  if (built(lttng)) {
    add_workload_peer(run_, full("LTTng-UST"),
                      try_run({run_.sources + "/peers/lttng_session.sh", lttng, run_.folder + "/lttng"}));
  } else {
    add_unmeasured(run_, full("LTTng-UST"), "not built: liblttng-ust-dev");
  }
  add_asio(run_);
}

}  // namespace loopscope::bench
