// Who was recorded, from the first packet alone: cheap enough to ask of every trace in a folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/base/result.h"

namespace loopscope::trace {

// Version of proto/trace.proto that this reader knows.
inline constexpr std::uint32_t kFormatVersion = 1;

struct ProcessHeader {
  std::uint32_t format_version = 0;
  std::string agent_version;
  std::string session;  // 16 bytes, random; the ring file has the same
  std::uint32_t pid = 0;
  std::uint32_t parent_pid = 0;
  std::string executable;
  std::vector<std::string> argv;
  std::uint64_t started_at_unix_ns = 0;
  std::string clock;  // "tsc, chained"
  std::uint64_t ticks_per_second = 0;
  std::uint32_t cpus = 0;
  std::vector<std::string> options;  // "name=value"
  std::string ring_path;             // where records are that the file does not hold yet; "" if not said
};

// The content of a Process packet. Throws protozero::exception on a damaged one.
ProcessHeader parse_process_header(std::string_view process);

// Errors: no intact Process packet within the first megabyte ("not a loopscope trace"), a newer format. `path`
// is for the error only.
Result<ProcessHeader> read_process_header(std::span<const std::byte> file, const std::string& path = "");

// Why this reader cannot go on with such a trace; an empty `what` if it can.
Error format_error(const ProcessHeader& header, const std::string& path);
Error not_a_trace(std::span<const std::byte> file, const std::string& path);

}  // namespace loopscope::trace
