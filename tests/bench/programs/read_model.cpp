// Reads a trace into the model, as the command line does before it judges, and prints one JSON object.
// usage: bench_read_model TRACE THREADS      on that many threads
//        bench_read_model TRACE headers      the batches' headers only, a second time, so that the file is in memory
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "tests/bench/programs/memory.h"
#include "tests/bench/rounds.h"
#include "viewer/trace/mapped_file.h"
#include "viewer/trace/overview.h"
#include "viewer/trace/read_trace.h"

using namespace loopscope;

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string path = argv[1];
  std::uint64_t events = 0;
  std::size_t sites = 0;
  double start = bench::wall_ns();
  if (std::strcmp(argv[2], "headers") == 0) {
    if (!trace::read_overview(path)) return 1;
    start = bench::wall_ns();
    events = trace::read_overview(path)->events;
  } else {
    const auto file = trace::MappedFile::open(path);
    if (!file) return 1;
    const trace::ReadOptions options{
        .path = path,
        .max_model_bytes = std::uint64_t{64} << 30,
        .workers = static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)),
    };
    const auto read = trace::read_trace({file->bytes()}, options);
    if (!read) {
      fmt::print(stderr, "{}\n", read.error().text());
      return 1;
    }
    events = read->trace.events;
    sites = read->trace.sites.size();
  }
  const double ms = (bench::wall_ns() - start) / 1e6;
  fmt::print(R"({{"events": {}, "sites": {}, "ms": {:.3f}, "peak_rss": {}, "file_bytes": {}}})"
             "\n",
             events, sites, ms, bench::peak_resident_bytes(), std::filesystem::file_size(path));
  return 0;
}
