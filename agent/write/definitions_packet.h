// One loopscope.Definitions message, put together from the ring's definition records and from what the
// writer itself knows. Writer thread and recovery; the records may be damaged in the second case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/record/definitions.h"

namespace loopscope::write {

struct MappedModule {
  std::uint32_t id = 0;
  std::string path;
  std::string build_id;  // raw bytes
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::uint64_t load_bias = 0;
  std::uint64_t loaded_ticks = 0;
  std::uint64_t unloaded_ticks = 0;
};

class DefinitionsPacket {
 public:
  // Leaves out what does not fit its own length.
  void add(record::DefinitionKind kind, const unsigned char* payload, std::size_t bytes);
  void add_thread(std::uint32_t id, std::uint32_t tid, std::string_view name);
  void add_module(const MappedModule& module);

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace loopscope::write
