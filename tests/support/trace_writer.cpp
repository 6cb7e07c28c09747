// Columns, checksums and framing as FORMAT.md has them, by the plainest code.
#include "tests/support/trace_writer.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <lz4.h>
#include <zstd.h>
#include <algorithm>
#include <bit>
#include <stdexcept>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace loopscope::testing {
namespace {

std::uint64_t zigzag(std::uint64_t difference) {
  const auto value = static_cast<std::int64_t>(difference);
  return difference << 1 ^ static_cast<std::uint64_t>(value >> 63);
}

std::string serialized(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

bool has_time(EventKind kind) {
  switch (kind) {
    case EVENT_NONE:
    case SPAN_BEGIN_CHAINED:
    case TASK_DUE:
    case CONTEXT_SET:
    case TASK_RENAMED: return false;
    default: return kind <= LOOP_LEFT;
  }
}

bool has_task(EventKind kind) {
  switch (kind) {
    case SPAN_BEGIN:
    case SPAN_BEGIN_CHAINED:
    case SPAN_BEGIN_LOST:
    case TASK_FINISHED:
    case TASK_FINISHED_WITH:
    case TASK_READY:
    case TASK_DUE:
    case AWAIT_BEGIN:
    case AWAIT_END:
    case CANCEL_REQUESTED:
    case CONTEXT_SET:
    case TASK_RENAMED: return true;
    default: return false;
  }
}

bool has_other(EventKind kind) {
  return kind == TASK_CREATED || kind == AWAIT_BEGIN || kind == AWAIT_END || kind == CANCEL_REQUESTED;
}

bool has_site(EventKind kind) { return has_other(kind) && kind != AWAIT_END; }

}  // namespace

Event task_finished_with(std::uint64_t ticks, std::uint64_t task, Outcome outcome, std::int64_t code,
                         std::uint64_t error_string) {
  const auto number = static_cast<std::uint64_t>(outcome);
  return {.kind = TASK_FINISHED_WITH,
          .ticks = ticks,
          .task = task,
          .values = {number, zigzag(static_cast<std::uint64_t>(code)), error_string}};
}

std::string framed(Packet packet) {
  packet.clear_checksum();
  const std::string body = serialized(packet);
  const auto checksum = static_cast<std::uint32_t>(XXH3_64bits(body.data(), body.size()));
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.WriteTag(0x0a);
    coded.WriteVarint64(body.size() + 5);
    coded.WriteTag(0x0d);
    coded.WriteLittleEndian32(checksum);
    coded.WriteString(body);
  }
  return bytes;
}

void pack_columns(Batch& batch, const std::string& columns, Packing packing) {
  batch.set_raw_size(static_cast<std::uint32_t>(columns.size()));
  std::string packed = columns;
  if (packing == Packing::zstd) {
    batch.set_codec(CODEC_ZSTD);
    packed.resize(ZSTD_compressBound(columns.size()));
    packed.resize(ZSTD_compress(packed.data(), packed.size(), columns.data(), columns.size(), 1));
  } else if (packing == Packing::lz4) {
    batch.set_codec(CODEC_LZ4);
    packed.resize(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(columns.size()))));
    const int size = LZ4_compress_default(columns.data(), packed.data(), static_cast<int>(columns.size()),
                                          static_cast<int>(packed.size()));
    packed.resize(static_cast<std::size_t>(size));
  }
  batch.set_columns(packed);
}

Columns unpack_columns(const Batch& batch) {
  std::string raw(batch.raw_size(), '\0');
  const std::string& packed = batch.columns();
  std::size_t size = 0;
  switch (batch.codec()) {
    case CODEC_ZSTD: size = ZSTD_decompress(raw.data(), raw.size(), packed.data(), packed.size()); break;
    case CODEC_LZ4: {
      const int unpacked = LZ4_decompress_safe(packed.data(), raw.data(), static_cast<int>(packed.size()),
                                               static_cast<int>(raw.size()));
      size = static_cast<std::size_t>(unpacked);
      break;
    }
    default: raw = packed; size = raw.size();
  }
  Columns columns;
  if (size != batch.raw_size() || !columns.ParseFromString(raw))
    throw std::runtime_error("the columns of a batch cannot be unpacked");
  return columns;
}

Batch encode_batch(std::uint32_t thread, std::uint64_t epoch, std::uint64_t base_ticks,
                   const std::vector<OpenSpan>& open, const std::vector<Event>& events, Packing packing) {
  Batch batch;
  batch.set_thread(thread);
  batch.set_epoch(epoch);
  batch.set_events(static_cast<std::uint32_t>(events.size()));
  batch.set_base_ticks(base_ticks);
  *batch.mutable_open_spans() = {open.begin(), open.end()};

  std::uint64_t min_task = UINT64_MAX;
  std::uint64_t max_task = 0;
  std::vector<std::uint32_t> counts(EventKind_ARRAYSIZE);
  for (const Event& event : events) {
    if (event.kind < EventKind_ARRAYSIZE) ++counts[event.kind];
    if (event.kind != TASK_CREATED && event.kind != TASK_BYTES && !has_task(event.kind)) continue;
    min_task = std::min(min_task, event.task);
    max_task = std::max(max_task, event.task);
  }
  // Frozen traces were written when there were fewer kinds.
  constexpr std::size_t kFirstKinds = 22;
  while (counts.size() > kFirstKinds && counts.back() == 0) counts.pop_back();
  *batch.mutable_count_by_kind() = {counts.begin(), counts.end()};
  if (max_task != 0) {
    batch.set_min_task(min_task);
    batch.set_max_task(max_task);
  }

  Columns columns;
  std::string kinds;
  std::uint64_t ticks = base_ticks;
  std::uint64_t created = batch.min_task();
  std::uint64_t task = batch.min_task();
  std::uint64_t byte_task = batch.min_task();
  for (const Event& event : events) {
    kinds += static_cast<char>(event.kind);
    if (has_time(event.kind)) {
      if (event.ticks < ticks) throw std::logic_error("events of a thread must be in order");
      columns.add_time_deltas(event.ticks - ticks);
      ticks = event.ticks;
    }
    if (event.kind == TASK_CREATED) {
      columns.add_created_deltas(static_cast<std::int64_t>(event.task - created));
      created = event.task;
    } else if (has_task(event.kind)) {
      columns.add_task_deltas(static_cast<std::int64_t>(event.task - task));
      task = event.task;
    }
    if (has_other(event.kind))
      columns.add_parents(event.other == 0 ? 0 : zigzag(event.task - event.other) + 1);
    if (has_site(event.kind)) columns.add_sites(event.site);
    for (const std::uint64_t value : event.values) columns.add_values(value);
    if (event.kind == GAUGE_SET) columns.add_numbers(event.number);
    if (event.kind == TASK_BYTES) {
      columns.add_byte_task_deltas(static_cast<std::int64_t>(event.task - byte_task));
      columns.add_byte_counts(event.bytes);
      byte_task = event.task;
    }
  }
  columns.set_kinds(kinds);
  batch.set_last_ticks(ticks);
  pack_columns(batch, serialized(columns), packing);
  return batch;
}

TraceWriter TraceWriter::empty() { return TraceWriter(Nothing{}); }

TraceWriter::TraceWriter(const std::vector<std::string>& options) {
  Process header;
  header.set_format_version(1);
  header.set_agent_version("0.1.0");
  header.set_session("0123456789abcdef");
  header.set_pid(4711);
  header.set_executable("/usr/bin/program");
  header.add_argv("program");
  header.add_argv("--fast");
  header.set_started_at_unix_ns(1'700'000'000'000'000'000);
  header.mutable_clock()->set_source(Clock::MONOTONIC);
  header.mutable_clock()->set_rule(Clock::PRECISE);
  header.mutable_clock()->set_ticks_per_second(1'000'000'000);
  header.set_cpus(2);
  header.set_ring_path("/tmp/t.pb.ring");
  for (const std::string& option : options) header.add_options(option);
  process(header);
  anchor(1000, 5'000'000);
}

TraceWriter& TraceWriter::packet(Packet packet) {
  packet.set_sequence(sequence_++);
  bytes_ += framed(std::move(packet));
  offsets_.push_back(bytes_.size());
  return *this;
}

TraceWriter& TraceWriter::process(const Process& process) {
  Packet content;
  *content.mutable_process() = process;
  return packet(std::move(content));
}

TraceWriter& TraceWriter::anchor(std::uint64_t ticks, std::uint64_t monotonic_ns) {
  Packet content;
  content.mutable_clock_anchor()->set_ticks(ticks);
  content.mutable_clock_anchor()->set_monotonic_ns(monotonic_ns);
  return packet(std::move(content));
}

TraceWriter& TraceWriter::define(const Definitions& definitions) {
  Packet content;
  *content.mutable_definitions() = definitions;
  return packet(std::move(content));
}

TraceWriter& TraceWriter::epoch(std::uint64_t number, std::uint64_t ticks, std::uint64_t monotonic_ns) {
  Packet content;
  content.mutable_epoch()->set_number(number);
  content.mutable_epoch()->mutable_anchor()->set_ticks(ticks);
  content.mutable_epoch()->mutable_anchor()->set_monotonic_ns(monotonic_ns);
  return packet(std::move(content));
}

TraceWriter& TraceWriter::loss(Loss::Reason reason, std::uint64_t events) {
  Packet content;
  content.mutable_loss()->set_reason(reason);
  content.mutable_loss()->set_events(events);
  return packet(std::move(content));
}

TraceWriter& TraceWriter::stall(const Seen& seen) {
  Packet content;
  Stall& stall = *content.mutable_stall();
  stall.set_id(seen.id);
  stall.set_thread(seen.thread);
  stall.set_begin_ticks(seen.begin);
  stall.set_end_ticks(seen.end);
  stall.set_cause(seen.cause);
  stall.set_run_queue_wait_ns(seen.run_queue_wait_ns);
  stall.set_cpu_ns(seen.cpu_ns);
  stall.set_suppressed(seen.suppressed);
  return packet(std::move(content));
}

TraceWriter& TraceWriter::sample(const Sampled& sampled) {
  Packet content;
  StallSample& sample = *content.mutable_stall_sample();
  sample.set_stall(sampled.stall);
  sample.set_ticks(sampled.ticks);
  sample.set_cause(sampled.cause);
  for (const std::uint64_t frame : sampled.frames) sample.add_frames(frame);
  return packet(std::move(content));
}

TraceWriter& TraceWriter::run_queue_wait(std::uint32_t thread, std::uint64_t from, std::uint64_t to,
                                         std::uint64_t wait_ns) {
  Packet content;
  RunQueueWait& wait = *content.mutable_run_queue_wait();
  wait.set_thread(thread);
  wait.set_from_ticks(from);
  wait.set_to_ticks(to);
  wait.set_wait_ns(wait_ns);
  return packet(std::move(content));
}

TraceWriter& TraceWriter::end(End::Reason reason, int exit_code, std::uint64_t ticks) {
  Packet content;
  End& end = *content.mutable_end();
  end.set_reason(reason);
  end.set_exit_code(exit_code);
  end.set_exit_code_known(reason == End::EXIT);
  end.mutable_anchor()->set_ticks(ticks);
  end.mutable_anchor()->set_monotonic_ns(5'000'000 + ticks - 1000);
  return packet(std::move(content));
}

TraceWriter::Open& TraceWriter::open_of(std::uint32_t thread, std::uint64_t ticks) {
  for (Open& open : open_) {
    if (open.thread == thread) return open;
  }
  return open_.emplace_back(Open{thread, {}, ticks});
}

TraceWriter& TraceWriter::batch(std::uint32_t thread, std::uint64_t epoch, const std::vector<Event>& events,
                                Packing packing) {
  std::uint64_t first = 0;
  for (const Event& event : events) {
    if (first == 0 && has_time(event.kind)) first = event.ticks;
  }
  Open& open = open_of(thread, first);
  Packet content;
  *content.mutable_batch() = encode_batch(thread, epoch, open.last_ticks, open.spans, events, packing);
  for (const Event& event : events) {
    if (has_time(event.kind)) open.last_ticks = event.ticks;
    if (event.kind == SPAN_BEGIN || event.kind == SPAN_BEGIN_CHAINED || event.kind == SPAN_BEGIN_LOST) {
      OpenSpan span;
      span.set_task(event.task);
      span.set_begin_ticks(event.kind == SPAN_BEGIN_LOST ? 0 : open.last_ticks);
      open.spans.push_back(span);
    } else if (event.kind == SPAN_END && !open.spans.empty()) {
      open.spans.pop_back();
    }
  }
  return packet(std::move(content));
}

std::uint32_t TraceWriter::string(const std::string& text) {
  Definitions definitions;
  InternedString& interned = *definitions.add_strings();
  interned.set_id(++strings_);
  interned.set_text(text);
  define(definitions);
  return strings_;
}

std::uint32_t TraceWriter::site(const std::string& kind, std::vector<std::uint64_t> frames,
                                std::uint32_t flags) {
  const std::uint32_t kind_string = string(kind);
  Definitions definitions;
  Site& site = *definitions.add_sites();
  site.set_id(++sites_);
  site.set_kind_string(kind_string);
  site.set_flags(flags);
  *site.mutable_frames() = {frames.begin(), frames.end()};
  define(definitions);
  return sites_;
}

std::uint32_t TraceWriter::loop(const std::string& kind, std::uint32_t thread) {
  const std::uint32_t kind_string = string(kind);
  Definitions definitions;
  Loop& loop = *definitions.add_loops();
  loop.set_id(++loops_);
  loop.set_kind_string(kind_string);
  loop.set_thread(thread);
  define(definitions);
  return loops_;
}

std::uint32_t TraceWriter::thread(const std::string& name, std::uint32_t tid) {
  Definitions definitions;
  Thread& thread = *definitions.add_threads();
  thread.set_id(++threads_);
  thread.set_tid(tid);
  thread.set_name(name);
  define(definitions);
  return threads_;
}

TraceWriter& TraceWriter::skip_sequence(std::uint64_t packets) {
  sequence_ += packets;
  return *this;
}

}  // namespace loopscope::testing
