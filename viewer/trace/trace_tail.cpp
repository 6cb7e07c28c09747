#include "viewer/trace/trace_tail.h"

#include "viewer/trace/fields.h"
#include "viewer/trace/packet_stream.h"

namespace loopscope::trace {

TraceTail find_tail(std::span<const std::byte> file) {
  TraceTail tail;
  PacketStream packets(file);
  Packet packet;
  while (packets.next(packet)) tail.end_seen |= packet.content == field::packet::end;
  tail.intact_bytes = packets.intact_end();
  tail.last_sequence = packets.last_sequence();
  tail.nothing_behind = tail.intact_bytes == file.size();
  return tail;
}

}  // namespace loopscope::trace
