#include "agent/write/observation_packet.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <protozero/pbf_writer.hpp>

#include "agent/record/observations.h"

namespace loopscope::write {

using namespace record;

const char* words_of(ReachTrouble trouble) {
  switch (trouble) {
    case ReachTrouble::none: return "";
    case ReachTrouble::no_time: return "it took longer than it was given";
    case ReachTrouble::no_memory: return "there was no memory for it";
    case ReachTrouble::no_map: return "the kernel does not tell the process what its memory is";
    case ReachTrouble::threads_not_held: return "the registers of the program's threads could not be read";
    case ReachTrouble::kernel_queue:
      return "an io_uring or AIO context may hold references that only the kernel sees";
    case ReachTrouble::too_much_to_hold:
      return "there are more threads, or more in the kernel's hands, than it looks at";
    case ReachTrouble::not_inherited: return "the program keeps memory out of copies (MADV_DONTFORK)";
    case ReachTrouble::no_copy: return "the process could not be copied";
    case ReachTrouble::child_failed: return "the copy of the process did not live long enough";
  }
  return "";
}

namespace {

template <class T>
bool read(T& value, const unsigned char* payload, std::size_t bytes) {
  if (bytes < sizeof value) return false;
  std::memcpy(&value, payload, sizeof value);
  return true;
}

const char* why_no_stack(StackTrouble trouble) {
  switch (trouble) {
    case StackTrouble::none: return "";
    case StackTrouble::not_permitted: return "the kernel does not show the process what its threads do";
    case StackTrouble::signal_taken: return "the program uses or blocks the signal for it";
    case StackTrouble::not_delivered: return "the thread did not get to run";
    case StackTrouble::no_unwinder: return "libunwind is not installed";
    case StackTrouble::fast_system_call: return "the thread moved on while it was looked at";
  }
  return "";
}

std::string stall_message(const StallObservation& stall) {
  std::string message;
  protozero::pbf_writer to(message);
  to.add_uint64(1, stall.id);
  to.add_uint32(2, stall.thread_id);
  to.add_uint64(5, stall.begin_ticks);
  if (stall.end_ticks != 0) to.add_uint64(6, stall.end_ticks);
  if (stall.run_queue_wait_ns != 0) to.add_uint64(8, stall.run_queue_wait_ns);
  if (stall.suppressed != 0) to.add_uint64(9, stall.suppressed);
  to.add_uint64(10, stall.cpu_ns);
  return message;
}

std::string sample_message(const SampleObservation& sample, const unsigned char* frames, std::size_t count) {
  std::string message;
  protozero::pbf_writer to(message);
  to.add_uint64(1, sample.stall);
  to.add_uint64(2, sample.ticks);
  std::uint64_t kept[kMaxFrames];
  std::memcpy(kept, frames, count * sizeof kept[0]);
  if (count != 0) to.add_packed_fixed64(3, kept, kept + count);
  to.add_enum(4, static_cast<std::int32_t>(sample.cause));
  if (sample.system_call_plus_1 != 0) to.add_uint32(5, sample.system_call_plus_1);
  if (sample.watchdog_late_ns != 0) to.add_uint64(6, sample.watchdog_late_ns);
  if (sample.frames_truncated != 0) to.add_bool(7, true);
  if (const char* why = why_no_stack(sample.trouble); *why != '\0') to.add_string(8, why);
  return message;
}

std::string woken_message(const WokenObservation& woken, std::string_view names) {
  std::string message;
  protozero::pbf_writer to(message);
  to.add_uint64(1, woken.stall);
  for (std::size_t at = 0; at <= names.size();) {
    const std::size_t end = std::min(names.find('\0', at), names.size());
    to.add_string(2, names.data() + at, end - at);
    at = end + 1;
  }
  to.add_uint32(3, woken.events);
  return message;
}

std::string run_queue_message(const RunQueueObservation& wait) {
  std::string message;
  protozero::pbf_writer to(message);
  to.add_uint32(1, wait.thread_id);
  to.add_uint64(2, wait.from_ticks);
  to.add_uint64(3, wait.to_ticks);
  to.add_uint64(4, wait.wait_ns);
  return message;
}

std::string reach_message(const ReachObservation& found, const unsigned char* tasks, std::size_t count) {
  std::string message;
  protozero::pbf_writer to(message);
  to.add_uint64(1, found.check);
  to.add_uint64(2, found.ticks);
  if (const char* why = words_of(found.trouble); *why != '\0') to.add_string(3, why);
  to.add_uint64(4, found.suspended);
  to.add_uint64(5, found.reached);
  if (found.elsewhere != 0) to.add_uint64(6, found.elsewhere);
  to.add_uint64(7, found.unreachable);
  if (count != 0) {
    protozero::packed_field_uint64 column(to, 8);
    for (std::size_t i = 0; i < count; ++i) {
      std::uint64_t task = 0;
      std::memcpy(&task, tasks + i * sizeof task, sizeof task);
      column.add_element(task);
    }
  }
  to.add_uint32(9, found.threads);
  to.add_uint64(10, found.heap_bytes);
  to.add_uint64(11, found.root_bytes);
  to.add_uint64(12, found.duration_ns);
  to.add_uint64(13, found.pause_ns);
  if (found.at_exit != 0) to.add_bool(14, true);
  return message;
}

}  // namespace

bool is_observation(DefinitionKind kind) {
  return kind == kObservedStall || kind == kObservedSample || kind == kObservedRunQueue ||
         kind == kObservedWoken || kind == kObservedReach;
}

void append_observation(PacketStream& packets, DefinitionKind kind, const unsigned char* payload,
                        std::size_t bytes) {
  if (kind == kObservedStall) {
    StallObservation stall;
    if (read(stall, payload, bytes)) packets.append(Content::stall, stall_message(stall));
  } else if (kind == kObservedSample) {
    SampleObservation sample;
    if (!read(sample, payload, bytes)) return;
    const std::size_t room = std::min<std::size_t>((bytes - sizeof sample) / 8, kMaxFrames);
    const std::size_t frames = std::min<std::size_t>(sample.frames, room);
    packets.append(Content::stall_sample, sample_message(sample, payload + sizeof sample, frames));
  } else if (kind == kObservedWoken) {
    WokenObservation woken;
    if (!read(woken, payload, bytes)) return;
    const std::string_view names(reinterpret_cast<const char*>(payload) + sizeof woken, bytes - sizeof woken);
    packets.append(Content::stall_woken, woken_message(woken, names));
  } else if (kind == kObservedReach) {
    ReachObservation found;
    if (!read(found, payload, bytes)) return;
    const std::size_t count = std::min<std::size_t>((bytes - sizeof found) / 8, found.tasks);
    packets.append(Content::reachability, reach_message(found, payload + sizeof found, count));
  } else if (kind == kObservedRunQueue) {
    RunQueueObservation wait;
    if (read(wait, payload, bytes)) packets.append(Content::run_queue_wait, run_queue_message(wait));
  }
}

}  // namespace loopscope::write
