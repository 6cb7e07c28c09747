// Walking over the fields of one protobuf message, of a wire type that may be any. In this room only.
//
// protozero forgets a field's tag when its value is taken, so that a value cannot be taken twice: the tag is
// read first, everywhere.
#pragma once

#include <cstdint>
#include <protozero/pbf_reader.hpp>
#include <string_view>

namespace loopscope::trace {

inline std::string_view view_of(protozero::pbf_reader& reader) {
  const protozero::data_view view = reader.get_view();
  return {view.data(), view.size()};
}

inline bool is_bytes(const protozero::pbf_reader& reader) {
  return reader.wire_type() == protozero::pbf_wire_type::length_delimited;
}

inline bool is_bytes(const protozero::pbf_reader& reader, std::uint32_t tag) {
  return reader.tag() == tag && is_bytes(reader);
}

// Visits the varint fields of a message; everything else goes to `rest`, which consumes it or returns false.
// Throws protozero::exception on a damaged message.
template <class OnVarint, class Rest>
void for_each_field(std::string_view message, OnVarint on_varint, Rest rest) {
  protozero::pbf_reader reader(message.data(), message.size());
  while (reader.next()) {
    if (reader.wire_type() == protozero::pbf_wire_type::varint) {
      const std::uint32_t tag = reader.tag();
      on_varint(tag, reader.get_uint64());
    } else if (!rest(reader)) {
      reader.skip();
    }
  }
}

template <class OnVarint>
void for_each_varint(std::string_view message, OnVarint on_varint) {
  for_each_field(message, on_varint, [](protozero::pbf_reader&) { return false; });
}

}  // namespace loopscope::trace
