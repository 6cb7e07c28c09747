// The Process packet, and the two ways in which a file is not for this reader.
#include "viewer/trace/process_header.h"

#include <algorithm>
#include <protozero/pbf_reader.hpp>

#include "viewer/trace/fields.h"
#include "viewer/trace/message.h"
#include "viewer/trace/packet_stream.h"

namespace loopscope::trace {
namespace {

// The first packet holds argv and little else; a file that has none by here is no trace.
constexpr std::size_t kSearchBytes = std::size_t{1} << 20;

void parse_clock(std::string_view message, ProcessHeader& header) {
  std::uint64_t source = 0;
  std::uint64_t rule = 0;
  for_each_varint(message, [&](std::uint32_t tag, std::uint64_t value) {
    if (tag == field::clock::source) source = value;
    if (tag == field::clock::rule) rule = value;
    if (tag == field::clock::ticks_per_second) header.ticks_per_second = value;
  });
  header.clock = source == 1 ? "tsc" : source == 2 ? "monotonic" : "unknown";
  if (rule == 1) header.clock += ", precise";
  if (rule == 2) header.clock += ", chained";
}

}  // namespace

ProcessHeader parse_process_header(std::string_view process) {
  ProcessHeader header;
  for_each_field(
      process,
      [&](std::uint32_t tag, std::uint64_t value) {
        switch (tag) {
          case field::process::format_version:
            header.format_version = static_cast<std::uint32_t>(value);
            break;
          case field::process::pid: header.pid = static_cast<std::uint32_t>(value); break;
          case field::process::parent_pid: header.parent_pid = static_cast<std::uint32_t>(value); break;
          case field::process::started_at_unix_ns: header.started_at_unix_ns = value; break;
          case field::process::cpus: header.cpus = static_cast<std::uint32_t>(value); break;
          default: break;
        }
      },
      [&](protozero::pbf_reader& reader) {
        if (!is_bytes(reader)) return false;
        const std::uint32_t tag = reader.tag();
        const std::string_view text = view_of(reader);
        switch (tag) {
          case field::process::agent_version: header.agent_version = text; break;
          case field::process::session: header.session = text; break;
          case field::process::executable: header.executable = text; break;
          case field::process::argv: header.argv.emplace_back(text); break;
          case field::process::clock: parse_clock(text, header); break;
          case field::process::ring_path: header.ring_path = text; break;
          case field::process::options: header.options.emplace_back(text); break;
          default: break;
        }
        return true;
      });
  return header;
}

Result<ProcessHeader> read_process_header(std::span<const std::byte> file, const std::string& path) {
  PacketStream packets(file.first(std::min(file.size(), kSearchBytes)));
  Packet packet;
  while (packets.next(packet)) {
    if (packet.content != field::packet::process) continue;
    try {
      ProcessHeader header = parse_process_header(packet.bytes);
      Error error = format_error(header, path);
      if (!error.what.empty()) return error;
      return header;
    } catch (const protozero::exception&) {
      continue;
    }
  }
  return not_a_trace(file, path);
}

Error format_error(const ProcessHeader& header, const std::string& path) {
  if (header.format_version <= kFormatVersion) return {};
  return {"trace format " + std::to_string(header.format_version) + " is newer than this loopscope reads (" +
              std::to_string(kFormatVersion) + ")",
          path, "update loopscope; it was recorded by agent " + header.agent_version};
}

Error not_a_trace(std::span<const std::byte> file, const std::string& path) {
  if (file.empty()) return {"is empty", path, "nothing was recorded; was the disk full?"};
  return {"not a loopscope trace: no intact process header in it",
          path.empty() ? "byte 0" : path + ", byte 0", "record one with: loopscope record -- PROGRAM"};
}

}  // namespace loopscope::trace
