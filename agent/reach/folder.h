// Names of a folder of /proc that are numbers, without allocation. Open folders, of the caller's.
#pragma once

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace loopscope::reach {

// use(name, number) for each, from the folder's beginning. False if it could not be read.
template <class Use>
bool for_each_number(int folder, Use use) {
  alignas(8) char entries[4096];
  syscall(SYS_lseek, folder, 0, SEEK_SET);
  for (;;) {
    const long bytes = syscall(SYS_getdents64, folder, entries, sizeof entries);
    if (bytes <= 0) return bytes == 0;
    // linux_dirent64: inode, offset, length of the entry, type, name.
    for (long at = 0; at < bytes;) {
      std::uint16_t length = 0;
      std::memcpy(&length, entries + at + 16, sizeof length);
      const char* const name = entries + at + 19;
      int number = 0;
      bool is_number = *name != '\0';
      for (const char* digit = name; *digit != '\0' && is_number; ++digit) {
        is_number = *digit >= '0' && *digit <= '9';
        number = number * 10 + (*digit - '0');
      }
      if (is_number) use(name, number);
      at += length;
    }
  }
}

}  // namespace loopscope::reach
