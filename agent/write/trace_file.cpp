#include "agent/write/trace_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "agent/record/clock.h"
#include "agent/record/definitions.h"
#include "agent/record/ring_layout.h"

namespace loopscope::write {
namespace {

constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;

// Out of the way of programs that count on low numbers or walk through all of them.
int move_up(int fd) {
  if (fd < 0) return fd;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const int floor = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1024)) - 16;
  const int high = floor > fd ? fcntl(fd, F_DUPFD_CLOEXEC, floor) : -1;
  if (high < 0) return fd;
  close(fd);
  return high;
}

int create(const std::string& path) { return open(path.c_str(), kFlags, 0600); }

std::string with_suffix(const std::string& path, const std::string& suffix) {
  const std::string extension = ".pb";
  const bool has = path.size() > extension.size() && path.ends_with(extension);
  return has ? path.substr(0, path.size() - extension.size()) + suffix + extension
             : path + suffix + extension;
}

std::string hex(std::uint64_t value) {
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[value >> shift & 15];
  return text;
}

// A trace that replaces the one before it also replaces its ring, which a killed process left: salt 0. Where
// several processes share a name's stem, and a process may have been another program before, rings must not
// meet.
std::array<std::string, 2> ring_paths(const std::string& trace_path, std::uint64_t salt) {
  const std::uint64_t name = record::hash_bytes(trace_path.data(), trace_path.size(), salt);
  return {"/dev/shm/loopscope." + std::to_string(geteuid()) + "." + hex(name) + ".ring",
          trace_path + ".ring"};
}

// A child that inherited its parent's environment must not take the parent's trace away.
bool belongs_to_running_process(const std::string& trace_path) {
  for (const std::string& path : ring_paths(trace_path, 0)) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) continue;
    record::RingHeader header{};
    constexpr std::size_t kNeeded = offsetof(record::RingHeader, session);
    const bool read_it = read(fd, &header, kNeeded) == static_cast<ssize_t>(kNeeded);
    close(fd);
    const auto pid = static_cast<pid_t>(header.pid);
    if (read_it && std::memcmp(header.magic, record::kRingMagic, sizeof header.magic) == 0 && pid > 0 &&
        pid != getpid() && (kill(pid, 0) == 0 || errno == EPERM)) {
      return true;
    }
  }
  return false;
}

void open_ring(TraceFiles& files, std::uint64_t salt) {
  for (const std::string& path : ring_paths(files.trace_path, salt)) {
    unlink(path.c_str());
    files.ring = move_up(create(path));
    if (files.ring >= 0) {
      files.ring_path = path;
      return;
    }
  }
  files.ring = move_up(static_cast<int>(syscall(SYS_memfd_create, "loopscope-ring", 1u /* MFD_CLOEXEC */)));
}

bool is_file(int fd) {
  struct stat status {};
  return fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

TraceFiles open_trace_files(const TracePlace& place, std::string& problem) {
  TraceFiles files;
  files.trace_path = place.path;
  Naming naming = place.naming;
  if (naming == Naming::as_asked && belongs_to_running_process(place.path)) naming = Naming::by_process;
  if (naming == Naming::as_asked) {
    unlink(files.trace_path.c_str());
    files.trace = create(files.trace_path);
  } else {
    if (naming == Naming::by_process_until_loop) files.final_path = place.path;
    const std::string by_pid = "." + std::to_string(getpid());
    files.trace_path = with_suffix(place.path, by_pid);
    files.trace = create(files.trace_path);
    // This process was another program before, which has left a trace.
    for (int again = 2; files.trace < 0 && errno == EEXIST && again < 1'000; ++again) {
      files.trace_path = with_suffix(place.path, by_pid + "-" + std::to_string(again));
      files.trace = create(files.trace_path);
    }
  }
  if (files.trace < 0) {
    problem = "cannot create the trace " + files.trace_path + ": " + std::strerror(errno) +
              "; name another place with LOOPSCOPE_TRACE";
    return {};
  }
  files.trace = move_up(files.trace);
  open_ring(files, naming == Naming::as_asked ? 0 : record::monotonic_ns());
  if (files.ring < 0) {
    problem = "cannot create a ring for " + files.trace_path + ": " + std::strerror(errno);
    remove_all(files);
    return {};
  }
  return files;
}

bool still_ours(const TraceFiles& files) {
  struct stat open_one {
  }, named{};
  if (!is_file(files.trace) || !is_file(files.ring)) return false;
  // Not reachable by name after chroot or a rename: then a regular file of ours must do.
  if (stat(files.trace_path.c_str(), &named) != 0) return true;
  return fstat(files.trace, &open_one) == 0 && open_one.st_ino == named.st_ino &&
         open_one.st_dev == named.st_dev;
}

bool claim_final_name(TraceFiles& files) {
  if (files.final_path.empty()) return false;
  const long result = syscall(SYS_renameat2, AT_FDCWD, files.trace_path.c_str(), AT_FDCWD,
                              files.final_path.c_str(), 1u /* RENAME_NOREPLACE */);
  if (result == 0) files.trace_path = files.final_path;
  files.final_path.clear();
  return result == 0;
}

void remove_ring(TraceFiles& files) {
  if (!files.ring_path.empty()) unlink(files.ring_path.c_str());
  files.ring_path.clear();
}

void remove_all(TraceFiles& files) {
  if (files.trace >= 0) unlink(files.trace_path.c_str());
  remove_ring(files);
  close_descriptors(files);
}

void close_descriptors(TraceFiles& files) {
  for (int* fd : {&files.trace, &files.ring}) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
}

}  // namespace loopscope::write
