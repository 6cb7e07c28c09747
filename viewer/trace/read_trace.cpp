// Two passes over a mapped trace: first every packet is checked and whatever events refer to is collected, then
// the batches are replayed. Names, anchors and the end are thus known before the first event is looked at.
#include "viewer/trace/read_trace.h"

#include <algorithm>
#include <protozero/pbf_reader.hpp>
#include <thread>

#include "viewer/base/text.h"
#include "viewer/trace/batch_index.h"
#include "viewer/trace/definitions.h"
#include "viewer/trace/fields.h"
#include "viewer/trace/live_tasks.h"
#include "viewer/trace/message.h"
#include "viewer/trace/packet_stream.h"
#include "viewer/trace/rare_packets.h"
#include "viewer/trace/reachability.h"
#include "viewer/trace/replay.h"
#include "viewer/trace/trace_clock.h"
#include "viewer/trace/watchdog.h"

namespace loopscope::trace {

using namespace model;

namespace {

// A pass over the file is no reason to hold all of it in memory.
constexpr std::uint64_t kForgetEvery = std::uint64_t{8} << 20;

class Reader {
 public:
  explicit Reader(const ReadOptions& options) : options_(options) {}

  Result<ReadTrace> read(const TraceBytes& bytes);

 private:
  void collect(PacketStream& packets, std::span<const std::byte> bytes);
  void collect(const Packet& packet);
  void add_anchor(const Anchor& anchor);
  void describe_process();
  Time expected_end() const;
  void tell_losses();
  void tell_end(bool recovered);
  unsigned workers() const;
  Error over_budget(const TraceBytes& bytes) const;

  const ReadOptions& options_;
  ReadTrace out_;
  Definitions names_;
  TraceClock clock_;
  ProcessHeader process_;
  bool process_seen_ = false;
  BatchIndex batches_;
  Watchdog watchdog_;
  Reachability reachability_;
  std::vector<RawLoss> losses_;
  RawEnd end_;
  Anchor last_anchor_;
  std::uint64_t lost_events_ = 0;  // as the agent counted them
};

void Reader::collect(PacketStream& packets, std::span<const std::byte> bytes) {
  const std::uint64_t begin = packets.position();
  std::uint64_t forgotten = 0;
  Packet packet;
  while (packets.next(packet)) {
    try {
      collect(packet);
    } catch (const protozero::exception&) {
      ++out_.trace.integrity.damaged_packets;
    }
    const std::uint64_t at = packets.position() - begin;
    if (!options_.forget || at - forgotten < kForgetEvery) continue;
    options_.forget(bytes.subspan(forgotten, at - forgotten));
    forgotten = at;
  }
}

void Reader::collect(const Packet& packet) {
  switch (packet.content) {
    case field::packet::process:
      if (!process_seen_) process_ = parse_process_header(packet.bytes);
      process_seen_ = true;
      break;
    case field::packet::clock_anchor: add_anchor(parse_anchor(packet.bytes)); break;
    case field::packet::definitions: names_.read(packet.bytes); break;
    case field::packet::batch: batches_.add(packet.bytes); break;
    case field::packet::epoch:
      if (const Anchor anchor = parse_epoch(packet.bytes); anchor.seen) add_anchor(anchor);
      break;
    case field::packet::stall: watchdog_.add_stall(packet.bytes); break;
    case field::packet::stall_sample: watchdog_.add_sample(packet.bytes); break;
    case field::packet::stall_woken: watchdog_.add_woken(packet.bytes); break;
    case field::packet::run_queue_wait: watchdog_.add_run_queue_wait(packet.bytes); break;
    case field::packet::reachability: reachability_.add(packet.bytes); break;
    case field::packet::loss: losses_.push_back(parse_loss(packet.bytes)); break;
    case field::packet::agent_cost:
      for_each_varint(packet.bytes, [&](std::uint32_t tag, std::uint64_t value) {
        constexpr std::uint64_t kFar = std::uint64_t{1} << 58;
        if (tag == field::agent_cost::cpu_ns)
          out_.trace.agent.cpu_ns = static_cast<Nanos>(std::min(value, kFar));
        if (tag == field::agent_cost::bytes_written) out_.trace.agent.bytes = value;
        if (tag == field::agent_cost::lost_events) lost_events_ = std::max(lost_events_, value);
      });
      break;
    case field::packet::symbols: parse_symbols(packet.bytes, out_.embedded); break;
    case field::packet::end:
      end_ = parse_end(packet.bytes);
      if (end_.anchor.seen) add_anchor(end_.anchor);
      break;
    default: break;
  }
}

void Reader::add_anchor(const Anchor& anchor) {
  clock_.add_anchor(anchor.ticks, anchor.monotonic_ns);
  last_anchor_ = anchor;
}

void Reader::describe_process() {
  Process& process = out_.trace.process;
  process.executable = process_.executable;
  process.argv = process_.argv;
  process.pid = process_.pid;
  process.started_at_unix_ns = static_cast<std::int64_t>(process_.started_at_unix_ns);
  process.cpus = process_.cpus;
  process.agent_version = process_.agent_version;
  process.clock = process_.clock;
  out_.trace.watched = read_stall_limit(process_.options, out_.trace.stall_limit);
}

Time Reader::expected_end() const {
  Time end = out_.trace.begin;
  if (last_anchor_.seen) end = std::max(end, clock_.at(last_anchor_.ticks));
  if (batches_.size() != 0) end = std::max(end, clock_.at(batches_.last_ticks()));
  return end;
}

void Reader::tell_losses() {
  Integrity& integrity = out_.trace.integrity;
  std::uint64_t told = 0;
  for (RawLoss& loss : losses_) {
    told += loss.events;
    const auto time = [&](std::uint64_t ticks, Time otherwise) {
      return ticks == 0 ? otherwise : clock_.at(ticks);
    };
    integrity.losses.push_back({loss_text(loss.reason), loss.events, time(loss.from_ticks, out_.trace.begin),
                                time(loss.to_ticks, out_.trace.end), std::move(loss.detail)});
  }
  integrity.lost_events = std::max({told, lost_events_, end_.lost_events});
}

void Reader::tell_end(bool recovered) {
  Trace& trace = out_.trace;
  trace.integrity.end_seen = end_.seen;
  trace.integrity.recovered = end_.recovered || recovered;
  trace.end_reason = end_reason(end_.reason);
  trace.exit_code = end_.exit_code;
  trace.exit_code_known = end_.exit_code_known;
  trace.signal = static_cast<int>(std::min<std::uint64_t>(end_.signal, 255));
}

unsigned Reader::workers() const {
  return options_.workers != 0 ? options_.workers : std::thread::hardware_concurrency();
}

Error Reader::over_budget(const TraceBytes& bytes) const {
  return {bytes_text(bytes.file.size() + bytes.recovered.size()) + " of trace unpack to more than " +
              (options_.max_model_bytes != 0 ? bytes_text(options_.max_model_bytes)
                                             : std::string("memory allows")),
          options_.path, "it was made by something else than a recording, or the limit is too low"};
}

Result<ReadTrace> Reader::read(const TraceBytes& bytes) {
  Trace& trace = out_.trace;
  trace.path = options_.path;
  PacketStream packets(bytes.file);
  collect(packets, bytes.file);
  // Cut inside its first packet it is still a trace, of which nothing is left; without that packet it is one of
  // a program whose name is lost.
  const bool only_a_beginning = packets.damage().torn_tail && packets.damage().torn_at == 0;
  const bool nothing_intact = packets.last_sequence() == 0;
  if (nothing_intact && !only_a_beginning) return not_a_trace(bytes.file, options_.path);
  if (Error error = format_error(process_, options_.path); !error.what.empty()) return error;
  if (!bytes.recovered.empty()) {
    packets.continue_with(bytes.recovered);
    collect(packets, bytes.recovered);
  }
  describe_process();
  clock_.finish(process_.ticks_per_second);
  trace.end = expected_end();
  tell_end(!bytes.recovered.empty());  // before the story: its last tick may not have been one

  const std::uint64_t size = bytes.file.size() + bytes.recovered.size();
  std::uint64_t budget =
      options_.max_model_bytes != 0 ? options_.max_model_bytes : (std::uint64_t{1} << 30) + 512 * size;
  if (!names_.build(trace, budget)) return over_budget(bytes);
  for (const std::uint64_t thread : batches_.threads()) names_.thread(thread, trace);
  watchdog_.sort(trace, names_, clock_, budget);
  Replay::Options replaying{.budget_bytes = budget, .timeline = options_.timeline, .ahead = workers() > 1};
  std::optional<LiveTasks> live;
  if (options_.streaming) {
    live.emplace(trace, options_.streaming->abandoned_until(trace.begin, trace.end));
    replaying.live = &*live;
  }
  if (options_.forget) {
    // In pieces that are large beside what the kernel maps around a page that is touched. Where a batch of the piece
    // is still to be played, it comes from the file again.
    replaying.forget = [&, forgotten = std::uint64_t{0}](std::string_view played) mutable {
      const auto begin = reinterpret_cast<std::uintptr_t>(bytes.file.data());
      const std::uint64_t at = reinterpret_cast<std::uintptr_t>(played.data()) - begin;
      if (at > bytes.file.size() || at < forgotten + kForgetEvery) return;
      options_.forget(bytes.file.subspan(forgotten, at - forgotten));
      forgotten = at;
    };
  }
  if (options_.progress) {
    replaying.go_on = [&](std::size_t played) {
      return options_.progress(static_cast<double>(played) / static_cast<double>(batches_.size()));
    };
  }
  Replay replay(trace, names_, clock_, watchdog_, batches_, replaying);
  switch (replay.play()) {
    case Replay::Outcome::done: break;
    case Replay::Outcome::cancelled: return Error{"reading was cancelled", options_.path, ""};
    case Replay::Outcome::over_budget: return over_budget(bytes);
  }

  if (live) out_.task_slots = live->slots();
  reachability_.tell(trace, clock_);
  tell_losses();
  const Damage& damage = packets.damage();
  trace.integrity.damaged_packets += damage.damaged_packets;
  trace.integrity.missing_packets = damage.missing_packets;
  trace.integrity.skipped_bytes = damage.skipped_bytes;
  trace.integrity.torn_tail = damage.torn_tail;
  trace.integrity.torn_at = damage.torn_at;
  return std::move(out_);
}

}  // namespace

Result<ReadTrace> read_trace(const TraceBytes& bytes, const ReadOptions& options) {
  return Reader(options).read(bytes);
}

}  // namespace loopscope::trace
