#include "viewer/cli/record_place.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace loopscope::cli {
namespace {

// Found out by doing it: permissions, quotas and read-only file systems say it in too many ways.
bool can_create_in(const std::string& folder, std::string& problem) {
  std::string probe = folder + "/.loopscope-" + random_id();
  int fd = open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    problem = std::strerror(errno);
    return false;
  }
  close(fd);
  unlink(probe.c_str());
  return true;
}

}  // namespace

std::string random_id() {
  unsigned char bytes[8] = {};
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    std::int64_t number = now.tv_nsec ^ (std::int64_t{getpid()} << 32);
    std::memcpy(bytes, &number, sizeof bytes);
  }
  std::string hex;
  for (unsigned char byte : bytes) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

Result<std::string> prepare_trace_place(const std::string& asked) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::path path = fs::absolute(asked, error);
  if (asked.empty() || error || path.filename().empty()) {
    return Error{"is not a file name", asked.empty() ? "-o" : asked, "name one, such as -o trace.pb"};
  }
  std::string folder = path.parent_path().string();
  if (!fs::is_directory(folder, error)) {
    return Error{"the folder for the trace does not exist", folder,
                 "mkdir -p, or name another place with -o"};
  }
  struct stat status;
  if (lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)) {
    return Error{S_ISDIR(status.st_mode) ? "is a directory" : "is not a regular file", path.string(),
                 "name a file with -o"};
  }
  std::string problem;
  if (!can_create_in(folder, problem)) {
    return Error{"cannot create the trace there: " + problem, folder, "name another place with -o"};
  }
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return Error{std::string("cannot replace it: ") + std::strerror(errno), path.string(),
                 "name another with -o"};
  }
  return path.string();
}

}  // namespace loopscope::cli
