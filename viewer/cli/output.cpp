#include "viewer/cli/output.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "viewer/base/text.h"

namespace loopscope::cli {

void complain(const std::string& text) { fmt::print(stderr, "loopscope: {}\n", printable_text(text)); }

bool same_file(const std::string& a, const std::string& b) {
  struct stat left {};
  struct stat right {};
  return stat(a.c_str(), &left) == 0 && stat(b.c_str(), &right) == 0 && left.st_dev == right.st_dev &&
         left.st_ino == right.st_ino;
}

bool wants_colour(const std::string& path) {
  const char* terminal = std::getenv("TERM");
  const char* no_colour = std::getenv("NO_COLOR");
  return path.empty() && isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0') &&
         terminal != nullptr && std::strcmp(terminal, "dumb") != 0;
}

bool write_report(const std::string& path, const std::string& report) {
  std::FILE* file = path.empty() ? stdout : std::fopen(path.c_str(), "we");
  bool good = file != nullptr;
  good = good && std::fwrite(report.data(), 1, report.size(), file) == report.size();
  good = good && std::fflush(file) == 0;
  const int error = errno;
  if (file != nullptr && file != stdout) good = std::fclose(file) == 0 && good;
  if (!good)
    complain((path.empty() ? "standard output" : path) + ": cannot be written: " + std::strerror(error));
  return good;
}

}  // namespace loopscope::cli
