// Encoding Symbols packets.
#include "viewer/trace/symbols_packet.h"

#include <algorithm>
#include <protozero/pbf_writer.hpp>
#include <tuple>
#include <vector>

#include "viewer/trace/checksum.h"
#include "viewer/trace/fields.h"

namespace loopscope::trace {
namespace {

// Damage costs a packet; a packet costs some bytes.
constexpr std::size_t kPacketBytes = 64 * 1024;

void append_packet(std::string& bytes, const std::string& symbols, std::uint64_t sequence) {
  std::string body;
  protozero::pbf_writer writer(body);
  writer.add_uint64(field::packet::sequence, sequence);
  writer.add_message(field::packet::symbols, symbols);
  std::string packet;
  protozero::pbf_writer(packet).add_fixed32(field::packet::checksum, packet_checksum(body));
  packet += body;
  protozero::pbf_writer(bytes).add_message(1, packet);
}

}  // namespace

std::string symbols_packets(const model::AddressNames& names, std::uint64_t& next_sequence) {
  std::vector<std::tuple<std::uint64_t, model::AddressKind, const model::AddressNames::Frames*>> sorted;
  names.for_each(
      [&](std::uint64_t address, model::AddressKind kind, const model::AddressNames::Frames& frames) {
        sorted.emplace_back(address, kind, &frames);
      });
  std::sort(sorted.begin(), sorted.end());

  std::string bytes;
  std::string symbols;
  for (const auto& [address, kind, frames] : sorted) {
    {
      protozero::pbf_writer table(symbols);
      protozero::pbf_writer entry(table, field::symbols::addresses);
      entry.add_fixed64(field::symbols::address::address, address);
      if (kind == model::AddressKind::program_counter) {
        entry.add_bool(field::symbols::address::program_counter, true);
      }
      for (const model::NamedFrame& frame : *frames) {
        protozero::pbf_writer named(entry, field::symbols::address::frames);
        if (!frame.function.empty()) named.add_string(field::symbols::frame::function, frame.function);
        if (!frame.file.empty()) named.add_string(field::symbols::frame::file, frame.file);
        if (frame.line != 0) named.add_uint32(field::symbols::frame::line, frame.line);
      }
    }
    if (symbols.size() >= kPacketBytes) {
      append_packet(bytes, symbols, next_sequence++);
      symbols.clear();
    }
  }
  if (!symbols.empty()) append_packet(bytes, symbols, next_sequence++);
  return bytes;
}

}  // namespace loopscope::trace
