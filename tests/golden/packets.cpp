#include "tests/golden/packets.h"

#include <cstddef>
#include <span>

#include "tests/support/trace_writer.h"
#include "viewer/trace/packet_stream.h"

namespace loopscope::golden {
namespace {

struct Piece {
  Packet packet;
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::vector<Piece> pieces_of(const std::string& bytes) {
  trace::PacketStream stream(std::as_bytes(std::span(bytes)));
  std::vector<Piece> pieces;
  trace::Packet found;
  while (stream.next(found)) {
    Piece& piece = pieces.emplace_back();
    piece.begin = found.offset;
    piece.end = stream.intact_end();
    Trace trace;
    if (trace.ParseFromString(bytes.substr(piece.begin, piece.end - piece.begin)))
      piece.packet = trace.packet(0);
  }
  return pieces;
}

std::string hex(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text.empty() ? text : "no packet: " + text + '\n';
}

}  // namespace

std::vector<Packet> packets_in(const std::string& bytes) {
  std::vector<Packet> packets;
  for (const Piece& piece : pieces_of(bytes)) packets.push_back(piece.packet);
  return packets;
}

std::string packets_as_text(const std::string& bytes) {
  std::string text;
  std::size_t at = 0;
  for (Piece& piece : pieces_of(bytes)) {
    text += hex(bytes.substr(at, piece.begin - at));
    at = piece.end;
    piece.packet.clear_checksum();
    std::string columns;
    if (piece.packet.has_batch() && Codec_IsValid(piece.packet.batch().codec())) {
      columns = testing::unpack_columns(piece.packet.batch()).DebugString();
      piece.packet.mutable_batch()->clear_columns();
    }
    text += piece.packet.DebugString() + columns;
  }
  return text + hex(bytes.substr(at));
}

}  // namespace loopscope::golden
