// `loopscope view`: becomes the graphical viewer, a program of its own, so that this one needs no graphics.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "viewer/cli/commands.h"
#include "viewer/cli/output.h"

namespace loopscope::cli {
namespace {

constexpr const char* kViewer = "loopscope-view";

// Beside this program, where it is built and installed; else wherever PATH has it.
std::string viewer_path() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return kViewer;
  const std::filesystem::path beside = self.parent_path() / kViewer;
  return std::filesystem::exists(beside, error) ? beside.string() : kViewer;
}

}  // namespace

int view(int argc, char** argv) {
  const std::string program = viewer_path();
  std::vector<char*> arguments(argv, argv + argc);
  arguments.push_back(nullptr);
  execvp(program.c_str(), arguments.data());
  if (errno == ENOENT) {
    complain(
        "the graphical viewer (loopscope-view) is not installed; it is built where libimgui-dev, "
        "libglfw3-dev and "
        "libgl-dev are. Without it: loopscope analyze TRACE");
  } else {
    complain(program + ": " + std::strerror(errno));
  }
  return kUsage;
}

}  // namespace loopscope::cli
