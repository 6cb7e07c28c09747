#include "viewer/cli/record_library.h"

#include <filesystem>

#ifndef LOOPSCOPE_LIB_FROM_BIN
#define LOOPSCOPE_LIB_FROM_BIN "../lib"
#endif

namespace loopscope::cli {

namespace fs = std::filesystem;

Result<std::string> find_preload_library() {
  std::error_code error;
  fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error)
    return Error{"cannot find out where loopscope itself is: " + error.message(), "/proc/self/exe",
                 "mount /proc"};
  const fs::path folder = program.parent_path();
  // The build tree has bin/ and lib/; an installation what CMAKE_INSTALL_LIBDIR says, or a distribution's layout.
  std::string tried;
  for (const char* place : {"../lib", LOOPSCOPE_LIB_FROM_BIN, "../lib/loopscope",
                            LOOPSCOPE_LIB_FROM_BIN "/loopscope", "../lib64", "../lib64/loopscope", "."}) {
    fs::path candidate = (folder / place / "libloopscope_preload.so").lexically_normal();
    if (!fs::is_regular_file(candidate, error)) continue;
    std::string path = candidate.string();
    // The dynamic linker splits LD_PRELOAD at both and knows no escape.
    if (path.find_first_of(" :") != path.npos) {
      return Error{"the path of the preload library has a space or colon, which LD_PRELOAD cannot express",
                   path, "move or link the installation to a path without"};
    }
    return path;
  }
  return Error{"libloopscope_preload.so is missing; it was looked for in ../lib and its neighbours",
               folder.string(), "build the target loopscope_preload, or install loopscope again"};
}

}  // namespace loopscope::cli
