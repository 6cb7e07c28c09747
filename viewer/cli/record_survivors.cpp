#include "viewer/cli/record_survivors.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace loopscope::cli {

namespace fs = std::filesystem;

std::vector<Survivor> find_survivors(const std::string& record_id) {
  const std::string mark = "LOOPSCOPE_RECORD_ID=" + record_id;
  std::vector<Survivor> found;
  std::error_code error;
  for (fs::directory_iterator process("/proc", error), end; !error && process != end;
       process.increment(error)) {
    std::string name = process->path().filename().string();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    std::ifstream file(process->path() / "environ", std::ios::binary);
    std::string environment{std::istreambuf_iterator<char>(file), {}};
    if (environment.find(mark) == environment.npos) continue;
    std::error_code gone;
    fs::path program = fs::read_symlink(process->path() / "exe", gone);
    if (!gone) found.push_back({static_cast<std::uint32_t>(std::stoul(name)), program.filename().string()});
  }
  return found;
}

}  // namespace loopscope::cli
