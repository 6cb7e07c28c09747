#include "viewer/symbols/debug_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "viewer/symbols/crc32.h"

namespace loopscope::symbols {
namespace {

bool is_hex(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::unique_ptr<ElfFile> by_build_id(const std::string& build_id,
                                     const std::vector<std::string>& debug_dirs) {
  // The id becomes part of a path and comes from a trace.
  if (build_id.size() < 4 || !is_hex(build_id)) return nullptr;
  for (const std::string& dir : debug_dirs) {
    std::string problem;
    auto debug = ElfFile::open(
        dir + "/.build-id/" + build_id.substr(0, 2) + "/" + build_id.substr(2) + ".debug", problem);
    if (debug && debug->build_id() == build_id) return debug;
  }
  return nullptr;
}

bool has_crc(const std::string& path, std::uint32_t expected) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  std::vector<unsigned char> buffer(1 << 18);
  std::uint32_t crc = 0;
  ssize_t got;
  while ((got = read(fd, buffer.data(), buffer.size())) > 0) {
    crc = crc32(crc, buffer.data(), static_cast<std::size_t>(got));
  }
  close(fd);
  return got == 0 && crc == expected;
}

std::unique_ptr<ElfFile> by_debug_link(const ElfFile& file, const std::vector<std::string>& debug_dirs) {
  std::string name;
  std::uint32_t crc = 0;
  if (!file.debug_link(name, crc) || name.empty() || name.find('/') != std::string::npos) return nullptr;
  // The order of gdb's manual: beside the file, in .debug below it, in the debug directories. A library is mapped by
  // the name of a link to it, and what belongs to it may be beside either.
  std::vector<std::string> candidates;
  std::error_code ignored;
  for (const std::string& path : {file.path(), std::filesystem::canonical(file.path(), ignored).string()}) {
    std::string folder = path.substr(0, path.rfind('/'));
    candidates.insert(candidates.end(), {folder + "/" + name, folder + "/.debug/" + name});
    for (const std::string& dir : debug_dirs) candidates.push_back(dir + folder + "/" + name);
  }
  std::string build_id = file.build_id();
  for (const std::string& candidate : candidates) {
    if (candidate == file.path()) continue;
    std::string problem;
    auto debug = ElfFile::open(candidate, problem);
    if (!debug) continue;
    bool proven = build_id.empty() ? has_crc(candidate, crc) : debug->build_id() == build_id;
    if (proven) return debug;
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<ElfFile> find_debug_file(const std::string& build_id, const ElfFile* file,
                                         const std::vector<std::string>& debug_dirs) {
  if (auto found = by_build_id(build_id, debug_dirs)) return found;
  return file != nullptr ? by_debug_link(*file, debug_dirs) : nullptr;
}

}  // namespace loopscope::symbols
