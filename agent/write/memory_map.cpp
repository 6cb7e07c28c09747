#include "agent/write/memory_map.h"

#include <fcntl.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>

namespace loopscope::write {

std::string memory_map() {
  std::string text;
  const int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char part[16 * 1024];
  for (ssize_t got; (got = read(fd, part, sizeof part)) > 0;) {
    text.append(part, static_cast<std::size_t>(got));
  }
  close(fd);
  return text;
}

std::uintptr_t beginning_of_mapping(std::string_view map, std::uintptr_t address) {
  while (!map.empty()) {
    const std::size_t end = map.find('\n');
    const std::string line(map.substr(0, end));
    map.remove_prefix(end == map.npos ? map.size() : end + 1);
    std::uintptr_t from = 0, to = 0;
    char rights[5] = {};
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %4s", &from, &to, rights) != 3) continue;
    if (from <= address && address < to) return rights[0] == 'r' && rights[1] == 'w' ? from : 0;
  }
  return 0;
}

}  // namespace loopscope::write
