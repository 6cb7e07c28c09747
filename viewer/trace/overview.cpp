#include "viewer/trace/overview.h"

#include <algorithm>
#include <protozero/pbf_reader.hpp>
#include <utility>

#include "viewer/trace/definitions.h"
#include "viewer/trace/fields.h"
#include "viewer/trace/mapped_file.h"
#include "viewer/trace/message.h"
#include "viewer/trace/packet_stream.h"
#include "viewer/trace/rare_packets.h"
#include "viewer/trace/trace_clock.h"

namespace loopscope::trace {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

// Before the clock is known.
struct RawBatch {
  BatchOverview said;
  std::uint64_t base_ticks = 0;
  std::uint64_t last_ticks = 0;
  std::uint64_t longest_span_ticks = 0;
};

// The columns are the last field: what is in front of them is a few hundred bytes.
RawBatch parse_batch(std::string_view message) {
  RawBatch batch;
  BatchOverview& said = batch.said;
  for_each_field(
      message,
      [&](std::uint32_t tag, std::uint64_t value) {
        switch (tag) {
          case field::batch::thread: said.thread = value; break;
          case field::batch::epoch: said.epoch = value; break;
          case field::batch::events: said.events = value; break;
          case field::batch::min_task: said.min_task = value; break;
          case field::batch::max_task: said.max_task = value; break;
          case field::batch::longest_span_ticks: batch.longest_span_ticks = value; break;
          case field::batch::late: said.late = value != 0; break;
          default: break;
        }
      },
      [&](pbf_reader& reader) {
        const auto tag = reader.tag();
        if (reader.wire_type() == pbf_wire_type::fixed64 &&
            (tag == field::batch::base_ticks || tag == field::batch::last_ticks)) {
          (tag == field::batch::base_ticks ? batch.base_ticks : batch.last_ticks) = reader.get_fixed64();
          return true;
        }
        if (!is_bytes(reader, field::batch::count_by_kind)) return false;
        std::size_t kind = 0;
        for (const std::uint32_t count : reader.get_packed_uint32()) {
          if (kind < kEventKinds) said.count[kind++] = count;
        }
        return true;
      });
  return batch;
}

class Headers {
 public:
  Result<Overview> read(std::span<const std::byte> file, const std::string& path);

 private:
  void collect(const Packet& packet);
  void add_anchor(const Anchor& anchor);
  void tell_batches();
  void tell_losses();

  Overview out_;
  Definitions names_;
  TraceClock clock_;
  std::vector<RawBatch> batches_;
  std::vector<RawLoss> losses_;
  RawEnd end_;
  Anchor last_anchor_;
  bool process_seen_ = false;
  std::uint64_t lost_events_ = 0;  // as the agent counted them
};

void Headers::collect(const Packet& packet) {
  switch (packet.content) {
    case field::packet::process:
      if (!process_seen_) out_.process = parse_process_header(packet.bytes);
      process_seen_ = true;
      break;
    case field::packet::clock_anchor: add_anchor(parse_anchor(packet.bytes)); break;
    case field::packet::definitions: names_.read(packet.bytes); break;
    case field::packet::batch: batches_.push_back(parse_batch(packet.bytes)); break;
    case field::packet::epoch:
      if (const Anchor anchor = parse_epoch(packet.bytes); anchor.seen) add_anchor(anchor);
      break;
    case field::packet::loss: losses_.push_back(parse_loss(packet.bytes)); break;
    case field::packet::agent_cost:
      for_each_varint(packet.bytes, [&](std::uint32_t tag, std::uint64_t value) {
        if (tag == field::agent_cost::lost_events) lost_events_ = std::max(lost_events_, value);
      });
      break;
    case field::packet::end:
      end_ = parse_end(packet.bytes);
      if (end_.anchor.seen) add_anchor(end_.anchor);
      break;
    default: break;
  }
}

void Headers::add_anchor(const Anchor& anchor) {
  clock_.add_anchor(anchor.ticks, anchor.monotonic_ns);
  last_anchor_ = anchor;
}

void Headers::tell_batches() {
  model::Trace named;
  named.threads = names_.threads();
  out_.batches.reserve(batches_.size());
  for (const RawBatch& raw : batches_) {
    BatchOverview& batch = out_.batches.emplace_back(raw.said);
    batch.begin = clock_.at(raw.base_ticks);
    batch.end = std::max(batch.begin, clock_.at(raw.last_ticks));
    batch.longest_span = clock_.duration_of(raw.longest_span_ticks);
    out_.end = std::max(out_.end, batch.end);
    out_.events += batch.events;
    out_.created += batch.created();
    out_.finished += batch.finished();
    named.threads[names_.thread(batch.thread, named)].events += batch.events;
  }
  out_.threads = std::move(named.threads);
}

void Headers::tell_losses() {
  std::uint64_t told = 0;
  for (RawLoss& loss : losses_) {
    told += loss.events;
    out_.losses.push_back({loss_text(loss.reason), loss.events,
                           loss.from_ticks == 0 ? out_.begin : clock_.at(loss.from_ticks),
                           loss.to_ticks == 0 ? out_.end : clock_.at(loss.to_ticks), std::move(loss.detail)});
  }
  out_.lost_events = std::max({told, lost_events_, end_.lost_events});
}

Result<Overview> Headers::read(std::span<const std::byte> file, const std::string& path) {
  PacketStream packets(file, PacketStream::Check::headers);
  Packet packet;
  while (packets.next(packet)) {
    try {
      collect(packet);
    } catch (const protozero::exception&) {
      ++out_.damaged_packets;
    }
  }
  const bool only_a_beginning = packets.damage().torn_tail && packets.damage().torn_at == 0;
  if (packets.last_sequence() == 0 && !only_a_beginning) return not_a_trace(file, path);
  if (Error error = format_error(out_.process, path); !error.what.empty()) return error;
  clock_.finish(out_.process.ticks_per_second);
  if (last_anchor_.seen) out_.end = std::max(out_.end, clock_.at(last_anchor_.ticks));
  tell_batches();
  tell_losses();
  out_.end_seen = end_.seen;
  out_.end_reason = end_reason(end_.reason);
  out_.torn_tail = packets.damage().torn_tail;
  out_.damaged_packets += packets.damage().damaged_packets;
  return std::move(out_);
}

}  // namespace

Result<Overview> read_overview(std::span<const std::byte> file, const std::string& path) {
  return Headers().read(file, path);
}

Result<Overview> read_overview(const std::string& path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file) return file.error();
  file->expect_scattered_reads();
  return read_overview(file->bytes(), path);
}

}  // namespace loopscope::trace
