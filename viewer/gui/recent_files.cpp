#include "viewer/gui/recent_files.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace loopscope::gui {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMost = 12;
constexpr std::size_t kMaxLine = 4096;

// As the XDG base directories have it. "" without a home.
fs::path list_file() {
  const char* const state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return fs::path(state) / "loopscope" / "recent";
  const char* const home = std::getenv("HOME");
  if (home == nullptr || *home != '/') return {};
  return fs::path(home) / ".local" / "state" / "loopscope" / "recent";
}

}  // namespace

std::vector<std::string> recent_files() {
  std::vector<std::string> files;
  const fs::path list = list_file();
  std::error_code error;
  if (list.empty() || !fs::is_regular_file(list, error)) return files;
  std::ifstream in(list);
  for (std::string line; files.size() < kMost && std::getline(in, line);) {
    if (!line.empty() && line.size() <= kMaxLine && fs::is_regular_file(line, error)) files.push_back(line);
  }
  return files;
}

void remember_file(const std::string& path) {
  const fs::path list = list_file();
  std::error_code error;
  const fs::path whole = fs::absolute(path, error);
  if (list.empty() || error || whole.native().find('\n') != std::string::npos) return;
  std::vector<std::string> files = recent_files();
  std::erase(files, whole.native());
  files.insert(files.begin(), whole.native());
  if (files.size() > kMost) files.resize(kMost);
  fs::create_directories(list.parent_path(), error);
  // A second viewer that reads it meanwhile sees the old list or the new one. The name is this process's own.
  const fs::path fresh = list.native() + "." + std::to_string(getpid());
  {
    std::ofstream out(fresh);
    for (const std::string& file : files) out << file << '\n';
    if (!out.flush()) return;
  }
  fs::rename(fresh, list, error);
}

}  // namespace loopscope::gui
