#include "agent/write/definitions_packet.h"

#include <cstring>

#include <protozero/pbf_writer.hpp>

#include "agent/write/text.h"

namespace loopscope::write {

using namespace record;

namespace {

// Field numbers of loopscope.Definitions.
enum Field : std::uint32_t { kStrings = 1, kSites = 2, kLoops = 3, kThreads = 4, kModules = 5, kGauges = 6 };

template <class T>
bool read(T& value, const unsigned char* payload, std::size_t bytes) {
  if (bytes < sizeof value) return false;
  std::memcpy(&value, payload, sizeof value);
  return true;
}

void add_if(protozero::pbf_writer& to, std::uint32_t field, std::uint32_t value) {
  if (value != 0) to.add_uint32(field, value);
}

}  // namespace

void DefinitionsPacket::add(DefinitionKind kind, const unsigned char* payload, std::size_t bytes) {
  protozero::pbf_writer all(bytes_);
  switch (kind) {
    case kDefinitionString: {
      StringDefinition string;
      if (!read(string, payload, bytes) || string.length > bytes - sizeof string) return;
      protozero::pbf_writer to(all, kStrings);
      to.add_uint32(1, string.id);
      to.add_string(2, valid_utf8({reinterpret_cast<const char*>(payload + sizeof string), string.length}));
      if (string.truncated != 0) to.add_bool(3, true);
      return;
    }
    case kDefinitionSite: {
      SiteDefinition site;
      if (!read(site, payload, bytes) || site.frames > (bytes - sizeof site) / 8) return;
      protozero::pbf_writer to(all, kSites);
      to.add_uint32(1, site.id);
      add_if(to, 2, site.kind);
      add_if(to, 3, site.flags & 0xff);
      add_if(to, 4, site.name);
      add_if(to, 5, site.file);
      add_if(to, 6, site.function);
      add_if(to, 7, site.line);
      if (site.frames != 0) {
        std::uint64_t frames[kMaxFrames];
        const std::size_t kept = site.frames < kMaxFrames ? site.frames : kMaxFrames;
        std::memcpy(frames, payload + sizeof site, kept * 8);
        to.add_packed_fixed64(8, frames, frames + kept);
      }
      if (site.frames_truncated != 0) to.add_bool(9, true);
      add_if(to, 10, site.base_site);
      return;
    }
    case kDefinitionLoop: {
      LoopDefinition loop;
      if (!read(loop, payload, bytes)) return;
      protozero::pbf_writer to(all, kLoops);
      to.add_uint32(1, loop.id);
      add_if(to, 2, loop.kind);
      add_if(to, 3, loop.name);
      add_if(to, 4, loop.thread_id);
      return;
    }
    case kDefinitionGauge: {
      GaugeDefinition gauge;
      if (!read(gauge, payload, bytes)) return;
      protozero::pbf_writer to(all, kGauges);
      to.add_uint32(1, gauge.id);
      add_if(to, 2, gauge.name);
      add_if(to, 3, gauge.unit);
      return;
    }
    case kDefinitionPadding:
    case kObservedStall:
    case kObservedSample:
    case kObservedRunQueue:
    case kObservedWoken:
    case kObservedReach: return;
  }
}

void DefinitionsPacket::add_thread(std::uint32_t id, std::uint32_t tid, std::string_view name) {
  protozero::pbf_writer all(bytes_);
  protozero::pbf_writer to(all, kThreads);
  to.add_uint32(1, id);
  to.add_uint32(2, tid);
  // A buffer's bytes up to the first 0.
  to.add_string(3, valid_utf8(name.substr(0, name.find('\0'))));
}

void DefinitionsPacket::add_module(const MappedModule& module) {
  protozero::pbf_writer all(bytes_);
  protozero::pbf_writer to(all, kModules);
  to.add_uint32(1, module.id);
  to.add_string(2, valid_utf8(module.path));
  to.add_bytes(3, module.build_id);
  to.add_fixed64(4, module.start);
  to.add_fixed64(5, module.end);
  to.add_fixed64(6, module.load_bias);
  if (module.loaded_ticks != 0) to.add_uint64(7, module.loaded_ticks);
  if (module.unloaded_ticks != 0) to.add_uint64(8, module.unloaded_ticks);
}

}  // namespace loopscope::write
