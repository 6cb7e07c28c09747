#include "viewer/cli/progress.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "viewer/report/columns.h"

namespace loopscope::cli {
namespace {

// A second or so of reading on a slow machine.
constexpr off_t kWorthWaiting = 32 << 20;

}  // namespace

Progress::Progress(const std::string& path) : name_(report::shorten_path(report::safe_text(path), 50)) {
  struct stat status {};
  on_ = isatty(STDERR_FILENO) == 1 && stat(path.c_str(), &status) == 0 && status.st_size >= kWorthWaiting;
}

Progress::~Progress() {
  if (on_ && percent_ >= 0) fmt::print(stderr, "\r\033[K");
}

void Progress::show(double share) {
  if (!on_) return;
  const int percent = static_cast<int>(std::clamp(share, 0.0, 1.0) * 100);
  if (percent == percent_) return;
  percent_ = percent;
  fmt::print(stderr, "\rreading {}  {} %\033[K", name_, percent);
  std::fflush(stderr);
}

}  // namespace loopscope::cli
