#include "agent/reach/regions.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

namespace loopscope::reach {
namespace {

constexpr std::size_t kMostText = 64u << 20;
constexpr std::size_t kMostRegions = 512 * 1024;

std::uint64_t hex(std::string_view line, std::size_t& at) {
  std::uint64_t value = 0;
  for (; at < line.size(); ++at) {
    const char c = line[at];
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) break;
    value = value << 4 | static_cast<std::uint64_t>(digit);
  }
  return value;
}

bool starts_with(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

Backing backing_of(std::string_view name, bool is_private) {
  if (name == "[heap]") return Backing::heap;
  if (name == "[stack]") return Backing::stack;
  if (starts_with(name, "anon_inode:[io_uring]") || starts_with(name, "/[aio]")) return Backing::kernel_queue;
  if (name.empty() || starts_with(name, "[anon:") || starts_with(name, "[stack:")) {
    return is_private ? Backing::anonymous : Backing::shared;
  }
  const bool is_memory = starts_with(name, "/dev/shm/") || starts_with(name, "/dev/zero") ||
                         starts_with(name, "/dev/hugepages") || starts_with(name, "[anon_shmem:");
  if (!is_memory && (starts_with(name, "/dev/") || starts_with(name, "["))) return Backing::other;
  return is_private ? Backing::file : Backing::shared;
}

// "55d0-55e0 rw-p 00000000 00:00 0   [heap]"
Region region_of(std::string_view line) {
  Region region;
  std::size_t at = 0;
  region.begin = hex(line, at);
  ++at;
  region.end = hex(line, at);
  ++at;
  if (at + 4 > line.size()) return {};
  region.readable = line[at] == 'r';
  region.writable = line[at + 1] == 'w';
  region.is_private = line[at + 3] == 'p';
  // Offset, device and inode.
  for (int field = 0; field < 4; ++field) {
    while (at < line.size() && line[at] != ' ') ++at;
    while (at < line.size() && line[at] == ' ') ++at;
  }
  region.backing = backing_of(line.substr(at), region.is_private);
  return region;
}

}  // namespace

bool Regions::read() {
  if (!text_.reserve(kMostText) || !regions_.reserve(kMostRegions)) return false;
  own_text_ = {reinterpret_cast<std::uint64_t>(text_.begin()),
               reinterpret_cast<std::uint64_t>(text_.begin()) + kMostText};
  own_list_ = {reinterpret_cast<std::uint64_t>(regions_.begin()),
               reinterpret_cast<std::uint64_t>(regions_.begin() + kMostRegions)};
  const int file = static_cast<int>(syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC));
  if (file < 0) return false;
  std::size_t bytes = 0;
  for (;;) {
    const long got = syscall(SYS_read, file, text_.begin() + bytes, kMostText - bytes);
    if (got <= 0) break;
    bytes += static_cast<std::size_t>(got);
  }
  syscall(SYS_close, file);
  if (bytes == 0 || bytes == kMostText) return false;
  std::string_view text(text_.begin(), bytes);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const Region region = region_of(text.substr(0, end));
    if (region.end > region.begin && !regions_.push(region)) return false;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return true;
}

const Region* Regions::find(std::uint64_t address) const {
  std::size_t low = 0, high = regions_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (regions_[middle].end <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < regions_.size() && regions_[low].begin <= address ? &regions_[low] : nullptr;
}

void Regions::give_back() {
  text_.give_back();
  regions_.give_back();
}

bool lacks_any(const Regions& copy, const Regions& original, const Case& of) {
  for (const Region& region : original.all()) {
    if (!region.is_private || !region.writable || region.backing == Backing::other) continue;
    bool ours = false;
    for (std::uint32_t i = 0; i < of.own_count; ++i) ours |= of.own[i].holds(region.begin);
    if (ours) continue;
    for (std::uint64_t at = region.begin; at < region.end;) {
      const Region* const there = copy.find(at);
      if (there == nullptr) return true;
      at = there->end;
    }
  }
  return false;
}

}  // namespace loopscope::reach
