#include "agent/options.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "agent/environment.h"

namespace loopscope {
namespace {

bool read_number(const char* name, std::uint64_t least, std::uint64_t most, const char* unit,
                 std::uint64_t& number, std::string& problem) {
  const char* text = variable(name);
  if (text == nullptr) return true;
  char* end = nullptr;
  errno = 0;
  const unsigned long long value = std::strtoull(text, &end, 10);
  if (*end != '\0' || *text == '-' || errno != 0 || value < least || value > most) {
    problem = std::string(name) + "=" + text + ": expected " + std::to_string(least) + " .. " +
              std::to_string(most) + " " + unit;
    return false;
  }
  number = value;
  return true;
}

bool read_switch(const char* name, bool& on, std::string& problem) {
  const char* text = variable(name);
  if (text == nullptr) return true;
  if (std::strcmp(text, "1") != 0 && std::strcmp(text, "0") != 0) {
    problem = std::string(name) + "=" + text + ": expected 0 or 1";
    return false;
  }
  on = *text == '1';
  return true;
}

std::string current_directory() {
  char path[4096];
  return getcwd(path, sizeof path) != nullptr ? path : "/";
}

// The caller's structs may be older, and shorter, than ours.
template <class T>
T field(const loopscope_options& given, T loopscope_options::*member) {
  const auto* at = reinterpret_cast<const char*>(&(given.*member));
  const auto offset = static_cast<std::size_t>(at - reinterpret_cast<const char*>(&given));
  return offset + sizeof(T) <= given.size ? given.*member : T{};
}

struct Range {
  std::uint64_t least, most;
};
constexpr Range kRingBytes{1u << 20, std::uint64_t{4} << 30};
constexpr Range kEpochMs{10, 10'000};
constexpr Range kFrames{1, 128};
constexpr Range kLimitMs{1, 60'000};
constexpr Range kSampleMs{1, 1'000};
constexpr Range kSamplesPerS{1, 10'000};
constexpr Range kProofMs{0, 60'000};

bool check(const char* name, std::uint64_t value, Range range, std::string& problem) {
  if (value >= range.least && value <= range.most) return true;
  problem = std::string(name) + " is " + std::to_string(value) + ": expected " + std::to_string(range.least) +
            " .. " + std::to_string(range.most);
  return false;
}

// A limit in ms, or none.
bool read_limit(const char* name, std::uint32_t& limit, std::string& problem) {
  const char* text = variable(name);
  if (text != nullptr && std::strcmp(text, "never") == 0) {
    limit = LOOPSCOPE_NEVER;
    return true;
  }
  std::uint64_t ms = limit;
  if (!read_number(name, kLimitMs.least, kLimitMs.most, "milliseconds, or never", ms, problem)) return false;
  limit = static_cast<std::uint32_t>(ms);
  return true;
}

bool check_limit(const char* name, std::uint32_t limit, std::string& problem) {
  return limit == LOOPSCOPE_NEVER || check(name, limit, kLimitMs, problem);
}

std::vector<std::string> read_list(const char* name) {
  std::vector<std::string> list;
  const char* at = variable(name);
  while (at != nullptr && *at != '\0') {
    const std::size_t length = std::strcspn(at, ", ");
    if (length != 0) list.emplace_back(at, length);
    at += length + (at[length] != '\0' ? 1 : 0);
  }
  return list;
}

std::string limit_text(std::uint32_t ms) { return ms == LOOPSCOPE_NEVER ? "never" : std::to_string(ms); }

}  // namespace

std::vector<std::string> Options::as_text() const {
  std::vector<std::string> text{"ring_bytes=" + std::to_string(ring_bytes),
                                "epoch_ms=" + std::to_string(epoch_ms),
                                "max_frames=" + std::to_string(max_frames),
                                std::string("precise=") + (precise ? "1" : "0"),
                                std::string("stacks=") + (stacks ? "1" : "0"),
                                std::string("children=") + (children ? "1" : "0"),
                                std::string("compression=") + (compression ? "1" : "0"),
                                "stall_ms=" + limit_text(stall_ms),
                                "stall_sample_ms=" + std::to_string(stall_sample_ms),
                                "stall_samples_per_s=" + std::to_string(stall_samples_per_s),
                                "blocking_ms=" + limit_text(blocking_ms)};
  for (const std::string& name : allow_blocking) text.push_back("allow_blocking=" + name);
  if (abort_on_blocking) text.emplace_back("abort_on_blocking=1");
  if (prove_leaks_ms != 0) text.push_back("prove_leaks_ms=" + std::to_string(prove_leaks_ms));
  if (!record_id.empty()) text.push_back("record_id=" + record_id);
  return text;
}

bool read_options(const loopscope_options* given, Options& options, std::string& problem) {
  options.working_directory = current_directory();
  std::uint64_t epoch_ms = options.epoch_ms, frames = options.max_frames, sample_ms = options.stall_sample_ms,
                samples = options.stall_samples_per_s, proof_ms = options.prove_leaks_ms;
  if (!read_number("LOOPSCOPE_RING_BYTES", kRingBytes.least, kRingBytes.most, "bytes", options.ring_bytes,
                   problem) ||
      !read_number("LOOPSCOPE_EPOCH_MS", kEpochMs.least, kEpochMs.most, "milliseconds", epoch_ms, problem) ||
      !read_number("LOOPSCOPE_MAX_FRAMES", kFrames.least, kFrames.most, "frames", frames, problem) ||
      !read_switch("LOOPSCOPE_PRECISE", options.precise, problem) ||
      !read_switch("LOOPSCOPE_STACKS", options.stacks, problem) ||
      !read_switch("LOOPSCOPE_CHILDREN", options.children, problem) ||
      !read_switch("LOOPSCOPE_COMPRESSION", options.compression, problem) ||
      !read_limit("LOOPSCOPE_STALL_MS", options.stall_ms, problem) ||
      !read_number("LOOPSCOPE_STALL_SAMPLE_MS", kSampleMs.least, kSampleMs.most, "milliseconds", sample_ms,
                   problem) ||
      !read_number("LOOPSCOPE_STALL_SAMPLES_PER_S", kSamplesPerS.least, kSamplesPerS.most, "samples", samples,
                   problem) ||
      !read_limit("LOOPSCOPE_BLOCKING_MS", options.blocking_ms, problem) ||
      !read_switch("LOOPSCOPE_ABORT_ON_BLOCKING", options.abort_on_blocking, problem) ||
      !read_number("LOOPSCOPE_PROVE_LEAKS_MS", kProofMs.least, kProofMs.most, "milliseconds", proof_ms,
                   problem)) {
    return false;
  }
  options.allow_blocking = read_list("LOOPSCOPE_ALLOW_BLOCKING");
  options.epoch_ms = static_cast<std::uint32_t>(epoch_ms);
  options.max_frames = static_cast<std::uint32_t>(frames);
  options.stall_sample_ms = static_cast<std::uint32_t>(sample_ms);
  options.stall_samples_per_s = static_cast<std::uint32_t>(samples);
  options.prove_leaks_ms = static_cast<std::uint32_t>(proof_ms);

  const char* path = variable("LOOPSCOPE_TRACE");
  if (given != nullptr) {
    if (given->size < sizeof(size_t) || given->size > 4096) {
      problem = "options.size is " + std::to_string(given->size) + ": expected sizeof(loopscope_options)";
      return false;
    }
    using O = loopscope_options;
    if (const char* own = field(*given, &O::trace_path); own != nullptr && *own != '\0') path = own;
    if (const std::uint64_t bytes = field(*given, &O::ring_bytes); bytes != 0) options.ring_bytes = bytes;
    if (const std::uint32_t ms = field(*given, &O::epoch_ms); ms != 0) options.epoch_ms = ms;
    if (const std::uint32_t most = field(*given, &O::max_frames); most != 0) options.max_frames = most;
    if (const std::uint32_t ms = field(*given, &O::stall_ms); ms != 0) options.stall_ms = ms;
    if (const std::uint32_t ms = field(*given, &O::stall_sample_ms); ms != 0) options.stall_sample_ms = ms;
    if (const std::uint32_t rate = field(*given, &O::stall_samples_per_s); rate != 0)
      options.stall_samples_per_s = rate;
    if (const std::uint32_t ms = field(*given, &O::prove_leaks_ms); ms != 0) options.prove_leaks_ms = ms;
    if (const std::uint32_t ms = field(*given, &O::blocking_ms); ms != 0) options.blocking_ms = ms;
    const std::uint32_t flags = field(*given, &O::flags);
    if ((flags & LOOPSCOPE_START_PRECISE) != 0) options.precise = true;
    if ((flags & LOOPSCOPE_START_NO_STACKS) != 0) options.stacks = false;
    if ((flags & LOOPSCOPE_START_NO_CHILDREN) != 0) options.children = false;
    if ((flags & LOOPSCOPE_START_NO_COMPRESSION) != 0) options.compression = false;
  }
  if (!check("ring_bytes", options.ring_bytes, kRingBytes, problem) ||
      !check("epoch_ms", options.epoch_ms, kEpochMs, problem) ||
      !check("max_frames", options.max_frames, kFrames, problem) ||
      !check_limit("stall_ms", options.stall_ms, problem) ||
      !check("stall_sample_ms", options.stall_sample_ms, kSampleMs, problem) ||
      !check("stall_samples_per_s", options.stall_samples_per_s, kSamplesPerS, problem) ||
      !check_limit("blocking_ms", options.blocking_ms, problem) ||
      !check("prove_leaks_ms", options.prove_leaks_ms, kProofMs, problem)) {
    return false;
  }
  options.trace_path = path != nullptr ? path : "loopscope." + std::to_string(getpid()) + ".pb";
  if (options.trace_path.front() != '/')
    options.trace_path = options.working_directory + "/" + options.trace_path;
  options.by_record = environment_comes_from_record() && variable("LOOPSCOPE_TRACE") == path;
  if (const char* id = variable("LOOPSCOPE_RECORD_ID")) options.record_id = id;
  return true;
}

bool environment_comes_from_record() {
  const char* value = variable("LOOPSCOPE_RECORD");
  return value != nullptr && std::strcmp(value, "1") == 0;
}

bool environment_asks_for_recording() { return variable("LOOPSCOPE_TRACE") != nullptr; }

}  // namespace loopscope
