// Released traces are read today as they were when they were released.
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "proto/trace.pb.h"
#include "viewer/trace/columns.h"
#include "viewer/trace/mapped_file.h"
#include "viewer/trace/packet_stream.h"
#include "viewer/trace/read_trace.h"

namespace loopscope::trace {
namespace {

std::string told(const ReadTrace& read) {
  std::ostringstream out;
  const model::Trace& trace = read.trace;
  out << "events " << trace.events << " duration " << trace.duration() << " peak pending "
      << trace.peak_pending << " lost " << trace.integrity.lost_events << " unmatched "
      << trace.integrity.unmatched_events << " exit code " << trace.exit_code << '\n';
  for (model::TaskIndex task = 0; task < trace.tasks.size(); ++task) {
    const model::TaskTable& tasks = trace.tasks;
    out << "task " << tasks.id(task) << ' ' << trace.sites[tasks.site(task)].kind << " created "
        << tasks.created(task) << " finished ";
    if (tasks.pending(task)) {
      out << "never";
    } else {
      out << tasks.finished(task);
    }
    out << " outcome " << static_cast<int>(tasks.outcome(task)) << " spans " << tasks.spans(task) << " run "
        << tasks.run_ns(task) << '\n';
  }
  for (const model::Site& site : trace.sites) {
    out << "site " << site.id << ' ' << site.kind << " flags " << site.flags << " frames "
        << site.stack.size() << " created " << site.created << " finished " << site.finished
        << " queue delay " << site.queue_delay.sum() << '\n';
  }
  for (const model::Loop& loop : trace.loops) {
    out << "loop " << loop.id << ' ' << loop.kind << " on " << loop.thread << " ticks " << loop.ticks
        << " busy " << loop.busy_ns << " idle " << loop.idle_ns << " lag " << loop.lag.sum() << " poll delay "
        << loop.poll_delay.sum() << '\n';
  }
  for (const model::Edge& edge : trace.edges) {
    out << "edge " << static_cast<int>(edge.kind) << ' ' << edge.from << " -> " << edge.to << '\n';
  }
  for (const model::Label& label : trace.labels) out << "label " << label.key << '=' << label.value << '\n';
  for (const model::Failure& failure : trace.failures) {
    out << "failure " << failure.code << ' ' << failure.text << '\n';
  }
  for (const model::GaugeSeries& gauge : trace.gauges)
    out << "gauge " << gauge.name << ' ' << gauge.number[0] << '\n';
  for (const model::Pause& pause : trace.pauses)
    out << "pause " << pause.kind << ' ' << pause.duration << '\n';
  for (const model::Stall& stall : trace.stalls)
    out << "stall " << stall.cause << ' ' << stall.duration << '\n';
  for (const model::Module& module : trace.modules)
    out << "module " << module.path << ' ' << module.build_id << '\n';
  out << "embedded names " << read.embedded.size() << '\n';
  return out.str();
}

TEST(GoldenTrace, OfVersion1IsReadAsEver) {
  const std::filesystem::path stem = std::filesystem::path(LOOPSCOPE_GOLDEN_DIR) / "every_event_v1";
  const std::string trace_path = stem.string() + ".pb";
  const std::string text_path = stem.string() + ".txt";
  const Result<MappedFile> file = MappedFile::open(trace_path);
  ASSERT_TRUE(file.ok()) << file.error().text();
  EXPECT_LT(file->bytes().size(), 4096u);
  const Result<ReadTrace> read = read_trace({file->bytes()}, {});
  ASSERT_TRUE(read.ok()) << read.error().text();
  EXPECT_EQ(read->trace.integrity.damaged_packets, 0u);
  const std::string text = told(*read);
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(text_path) << text;
  std::ostringstream expected;
  expected << std::ifstream(text_path).rdbuf();
  EXPECT_EQ(text, expected.str());
}

TEST(GoldenTrace, HasEveryKindOfEventAndPacket) {
  const Result<MappedFile> file = MappedFile::open(std::string(LOOPSCOPE_GOLDEN_DIR) + "/every_event_v1.pb");
  ASSERT_TRUE(file.ok()) << file.error().text();
  PacketStream packets(file->bytes());
  std::set<std::uint32_t> contents;
  std::set<std::uint32_t> codecs;
  std::array<std::uint64_t, kEventKinds> events{};
  Packet packet;
  while (packets.next(packet)) {
    contents.insert(packet.content);
    if (packet.content != loopscope::Packet::kBatchFieldNumber) continue;
    const BatchHeader batch = read_batch_header(packet.bytes);
    codecs.insert(batch.codec);
    std::vector<char> buffer;
    Columns columns;
    ASSERT_TRUE(open_columns(batch, buffer, columns));
    for (std::size_t kind = 0; kind < kEventKinds; ++kind) events[kind] += columns.count[kind];
  }
  EXPECT_EQ(contents.size(), 12u);
  EXPECT_EQ(codecs.size(), 3u);
  for (std::size_t kind = 1; kind < kEventKinds; ++kind) EXPECT_GT(events[kind], 0u) << "kind " << kind;
}

}  // namespace
}  // namespace loopscope::trace
