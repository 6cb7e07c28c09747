// Reads a trace into the model, as the command line does before it judges, and prints one JSON object.
// usage: bench_read_model TRACE THREADS      on that many threads
//        bench_read_model TRACE headers      the batches' headers only, a second time, so that the file is in memory
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>

#include "tests/bench/programs/memory.h"
#include "tests/bench/rounds.h"
#include "viewer/trace/columns.h"
#include "viewer/trace/mapped_file.h"
#include "viewer/trace/packet_stream.h"
#include "viewer/trace/read_trace.h"

namespace {

using namespace loopscope;

// Events that the headers promise.
std::uint64_t read_headers(std::span<const std::byte> bytes) {
  constexpr std::uint32_t kBatch = 6;
  trace::PacketStream packets(bytes);
  trace::Packet packet;
  std::uint64_t events = 0;
  while (packets.next(packet)) {
    if (packet.content == kBatch) events += trace::read_batch_header(packet.bytes).events;
  }
  return events;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto file = trace::MappedFile::open(argv[1]);
  if (!file) return 1;
  std::uint64_t events = 0;
  std::size_t sites = 0;
  double start = bench::wall_ns();
  if (std::strcmp(argv[2], "headers") == 0) {
    read_headers(file->bytes());
    start = bench::wall_ns();
    events = read_headers(file->bytes());
  } else {
    const trace::ReadOptions options{
        .path = argv[1],
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
             events, sites, ms, bench::peak_resident_bytes(), file->bytes().size());
  return 0;
}
