// Files: what waits for a disk, a pipe, or another process's lock.
#include <fcntl.h>
#include <stdarg.h>

#include "agent/adapters/libc/blocking_call.h"

using namespace loopscope::libc;

#define LOOPSCOPE_READ_OR_WRITE(name, bytes_pointer)                              \
  LOOPSCOPE_HOT_HOOK ssize_t name(int file, bytes_pointer buffer, size_t bytes) { \
    return LOOPSCOPE_TIMED(name, by_errno<ssize_t>, file, buffer, bytes);         \
  }
#define LOOPSCOPE_READ_OR_WRITE_AT(name, bytes_pointer, offset)                          \
  LOOPSCOPE_HOOK ssize_t name(int file, bytes_pointer buffer, size_t bytes, offset at) { \
    return LOOPSCOPE_TIMED(name, by_errno<ssize_t>, file, buffer, bytes, at);            \
  }
LOOPSCOPE_READ_OR_WRITE(read, void*)
LOOPSCOPE_READ_OR_WRITE(write, const void*)
LOOPSCOPE_READ_OR_WRITE_AT(pread, void*, off_t)
LOOPSCOPE_READ_OR_WRITE_AT(pread64, void*, off64_t)
LOOPSCOPE_READ_OR_WRITE_AT(pwrite, const void*, off_t)
LOOPSCOPE_READ_OR_WRITE_AT(pwrite64, const void*, off64_t)

LOOPSCOPE_HOT_HOOK ssize_t readv(int file, const iovec* parts, int count) {
  return LOOPSCOPE_TIMED(readv, by_errno<ssize_t>, file, parts, count);
}

LOOPSCOPE_HOT_HOOK ssize_t writev(int file, const iovec* parts, int count) {
  return LOOPSCOPE_TIMED(writev, by_errno<ssize_t>, file, parts, count);
}

LOOPSCOPE_HOOK ssize_t __read_chk(int file, void* to, size_t bytes, size_t room) {
  return LOOPSCOPE_TIMED(__read_chk, by_errno<ssize_t>, file, to, bytes, room);
}

LOOPSCOPE_HOOK ssize_t __pread_chk(int file, void* to, size_t bytes, off_t at, size_t room) {
  return LOOPSCOPE_TIMED(__pread_chk, by_errno<ssize_t>, file, to, bytes, at, room);
}

LOOPSCOPE_HOOK ssize_t __pread64_chk(int file, void* to, size_t bytes, off64_t at, size_t room) {
  return LOOPSCOPE_TIMED(__pread64_chk, by_errno<ssize_t>, file, to, bytes, at, room);
}

LOOPSCOPE_HOOK int fsync(int file) { return LOOPSCOPE_TIMED(fsync, by_errno<int>, file); }

LOOPSCOPE_HOOK int fdatasync(int file) { return LOOPSCOPE_TIMED(fdatasync, by_errno<int>, file); }

LOOPSCOPE_HOOK int syncfs(int file) noexcept { return LOOPSCOPE_TIMED(syncfs, by_errno<int>, file); }

LOOPSCOPE_HOOK int flock(int file, int operation) noexcept {
  return LOOPSCOPE_TIMED(flock, by_errno<int>, file, operation);
}

LOOPSCOPE_HOOK int lockf(int file, int command, off_t bytes) {
  return LOOPSCOPE_TIMED(lockf, by_errno<int>, file, command, bytes);
}

LOOPSCOPE_HOOK int lockf64(int file, int command, off64_t bytes) {
  return LOOPSCOPE_TIMED(lockf64, by_errno<int>, file, command, bytes);
}

LOOPSCOPE_HOOK int __open_2(const char* path, int flags) {
  return LOOPSCOPE_TIMED(__open_2, by_errno<int>, path, flags);
}

LOOPSCOPE_HOOK int __open64_2(const char* path, int flags) {
  return LOOPSCOPE_TIMED(__open64_2, by_errno<int>, path, flags);
}

LOOPSCOPE_HOOK int __openat_2(int folder, const char* path, int flags) {
  return LOOPSCOPE_TIMED(__openat_2, by_errno<int>, folder, path, flags);
}

LOOPSCOPE_HOOK int __openat64_2(int folder, const char* path, int flags) {
  return LOOPSCOPE_TIMED(__openat64_2, by_errno<int>, folder, path, flags);
}

// The mode is there only for files that may be made; libc looks at it only then, too.
#define LOOPSCOPE_MODE_BEHIND(flags)                                \
  mode_t mode = 0;                                                  \
  if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) { \
    va_list more;                                                   \
    va_start(more, flags);                                          \
    mode = va_arg(more, mode_t);                                    \
    va_end(more);                                                   \
  }
#define LOOPSCOPE_OPEN(name)                                        \
  LOOPSCOPE_HOOK int name(const char* path, int flags, ...) {       \
    LOOPSCOPE_MODE_BEHIND(flags)                                    \
    return LOOPSCOPE_TIMED(name, by_errno<int>, path, flags, mode); \
  }
#define LOOPSCOPE_OPENAT(name)                                              \
  LOOPSCOPE_HOOK int name(int folder, const char* path, int flags, ...) {   \
    LOOPSCOPE_MODE_BEHIND(flags)                                            \
    return LOOPSCOPE_TIMED(name, by_errno<int>, folder, path, flags, mode); \
  }
LOOPSCOPE_OPEN(open)
LOOPSCOPE_OPEN(open64)
LOOPSCOPE_OPENAT(openat)
LOOPSCOPE_OPENAT(openat64)

// Every command takes one word or none. Those that wait for a lock are timed.
#define LOOPSCOPE_FCNTL(name)                                             \
  LOOPSCOPE_HOOK int name(int file, int command, ...) {                   \
    va_list more;                                                         \
    va_start(more, command);                                              \
    void* argument = va_arg(more, void*);                                 \
    va_end(more);                                                         \
    if (command != F_SETLKW && command != F_OFD_SETLKW) {                 \
      return LOOPSCOPE_REAL(name)(file, command, argument);               \
    }                                                                     \
    return LOOPSCOPE_TIMED(name, by_errno<int>, file, command, argument); \
  }
LOOPSCOPE_FCNTL(fcntl)
LOOPSCOPE_FCNTL(fcntl64)
