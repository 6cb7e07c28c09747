// Which files are mapped, with their build ids: watched so that an address in the trace can be found again
// after a dlopen or dlclose. Writer thread; takes the loader's lock for a moment.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/write/definitions_packet.h"

namespace loopscope::write {

class Modules {
 public:
  // Adds to `packet` what came or went since the last call. Cheap if nothing did.
  void refresh(DefinitionsPacket& packet, std::uint64_t now_ticks);

 private:
  std::vector<MappedModule> modules_;
  std::string executable_;
  std::uint64_t adds_ = 0, removals_ = 0;
  std::uint32_t next_id_ = 1;
};

}  // namespace loopscope::write
