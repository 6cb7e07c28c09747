#include "viewer/cli/record_recover.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "viewer/trace/mapped_file.h"
#include "viewer/trace/trace_tail.h"

namespace loopscope::cli {
namespace {

bool has_end(const std::string& path) {
  const auto file = trace::MappedFile::open(path);
  return file && trace::find_tail(file->bytes()).end_seen;
}

}  // namespace

bool replace_tail(const std::string& path, std::uint64_t offset, const std::string& bytes,
                  std::string& problem) {
  int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  struct stat status;
  bool good = fd >= 0 && fstat(fd, &status) == 0;
  // A file shorter than it should be has lost its tail: what follows comes behind what is there.
  std::uint64_t at = good ? std::min(offset, static_cast<std::uint64_t>(status.st_size)) : 0;
  good = good && ftruncate(fd, static_cast<off_t>(at)) == 0;
  for (std::size_t written = 0; good && written < bytes.size();) {
    ssize_t count =
        pwrite(fd, bytes.data() + written, bytes.size() - written, static_cast<off_t>(at + written));
    if (count < 0 && errno == EINTR) continue;
    good = count > 0;
    written += good ? static_cast<std::size_t>(count) : 0;
  }
  if (!good) problem = std::string("cannot be written: ") + std::strerror(errno);
  if (fd >= 0) close(fd);
  return good;
}

Recovered recover_trace(const RecordedTrace& trace, const recover::EndOfProcess& end) {
  Recovered recovered;
  if (trace.ring_path.empty() || access(trace.ring_path.c_str(), F_OK) != 0) return recovered;
  recover::RingState ring;
  if (!recover::read_ring(trace.ring_path, trace.session, ring, recovered.problem)) {
    recovered.fate = RingFate::failed;
    return recovered;
  }
  recovered.ran_loop = ring.ran_loop;
  if (ring.owner == recover::RingState::Owner::running) {
    recovered.fate = RingFate::running;
    return recovered;
  }
  // Written to its end by a process that had given up the right to remove the ring.
  if (ring.ran_loop && has_end(trace.path)) {
    unlink(trace.ring_path.c_str());
    return recovered;
  }
  if (!ring.ran_loop) {
    unlink(trace.ring_path.c_str());
    recovered.fate = RingFate::no_loop;
    return recovered;
  }
  std::string tail = ring.packets + recover::end_packet(end, ring);
  if (!replace_tail(trace.path, ring.committed_bytes, tail, recovered.problem)) {
    recovered.problem += "; what is missing is still in " + trace.ring_path;
    recovered.fate = RingFate::failed;
    return recovered;
  }
  unlink(trace.ring_path.c_str());
  recovered.fate = RingFate::appended;
  recovered.events = ring.events;
  return recovered;
}

}  // namespace loopscope::cli
