#include "viewer/cli/record_leftovers.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <string>

namespace loopscope::cli {
namespace {

namespace fs = std::filesystem;

using Inode = std::pair<dev_t, ino_t>;

bool is_empty_since(const fs::path& path, std::int64_t since_unix_ns, Inode& inode) {
  struct stat status;
  if (lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size != 0) return false;
  inode = {status.st_dev, status.st_ino};
  return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec >= since_unix_ns;
}

// Agents keep their files in a descriptor table of the writer's own, so every thread is asked.
void drop_open_ones(std::set<Inode>& candidates) {
  std::error_code error;
  for (fs::directory_iterator process("/proc", error), end; !error && process != end;
       process.increment(error)) {
    std::string name = process->path().filename().string();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    std::error_code gone;
    for (fs::directory_iterator task(process->path() / "task", gone); !gone && task != end;
         task.increment(gone)) {
      std::error_code unreadable;
      for (fs::directory_iterator fd(task->path() / "fd", unreadable); !unreadable && fd != end;
           fd.increment(unreadable)) {
        struct stat status;
        if (stat(fd->path().c_str(), &status) == 0) candidates.erase({status.st_dev, status.st_ino});
      }
    }
  }
}

std::vector<fs::path> named_like(const fs::path& folder, const std::string& begin,
                                 const std::string& end_text) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (name.starts_with(begin) && name.ends_with(end_text)) found.push_back(entry->path());
  }
  return found;
}

}  // namespace

void remove_leftovers(const Recording& recording, std::int64_t since_unix_ns) {
  std::vector<fs::path> files = process_trace_files(recording.trace);
  auto rings = named_like("/dev/shm", "loopscope." + std::to_string(geteuid()) + ".", ".ring");
  files.insert(files.end(), rings.begin(), rings.end());

  std::vector<std::pair<fs::path, Inode>> empty;
  std::set<Inode> unused;
  for (const fs::path& path : files) {
    Inode inode;
    if (!is_empty_since(path, since_unix_ns, inode)) continue;
    empty.emplace_back(path, inode);
    unused.insert(inode);
  }
  if (empty.empty()) return;
  drop_open_ones(unused);
  for (const auto& [path, inode] : empty) {
    if (unused.contains(inode)) unlink(path.c_str());
  }
}

}  // namespace loopscope::cli
