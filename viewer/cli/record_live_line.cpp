#include "viewer/cli/record_live_line.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "viewer/base/text.h"

namespace loopscope::cli {

std::string live_text(std::chrono::milliseconds elapsed, const recover::LiveNumbers& numbers) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f s", static_cast<double>(elapsed.count()) / 1000);
  return std::string("loopscope: ") + seconds + " | " + count_text(numbers.events) + " events | " +
         count_text(numbers.pending) + " pending | " +
         (numbers.lost_events == 0 ? "none" : count_text(numbers.lost_events)) + " lost | " +
         bytes_text(numbers.bytes_written);
}

bool LiveLine::is_welcome(bool forced) {
  if (!isatty(STDERR_FILENO)) return false;
  return forced || !isatty(STDOUT_FILENO);
}

void LiveLine::show(const std::string& text) {
  winsize size{};
  std::size_t width =
      ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1u : 79u;
  std::fprintf(stderr, "\r%s\033[K", text.substr(0, width).c_str());
  std::fflush(stderr);
  shown_ = true;
}

void LiveLine::erase() {
  if (shown_) std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace loopscope::cli
