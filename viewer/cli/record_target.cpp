#include "viewer/cli/record_target.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "viewer/cli/record_elf.h"

namespace loopscope::cli {
namespace {

// As in the kernel: an interpreter may be a script, but not for ever.
constexpr int kMaxInterpreters = 4;

bool is_executable_file(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0;
}

Result<std::string> resolve_path(const std::string& name) {
  if (name.empty()) return Error{"the program's name is empty", "", ""};
  if (name.find('/') != name.npos) {
    struct stat status;
    if (stat(name.c_str(), &status) != 0) return Error{std::strerror(errno), name, ""};
    if (S_ISDIR(status.st_mode)) return Error{"is a directory", name, ""};
    if (!is_executable_file(name)) return Error{"is not executable", name, "chmod +x " + name};
    return name;
  }
  const char* variable = std::getenv("PATH");
  std::string path = variable != nullptr ? variable : "/bin:/usr/bin";
  std::string refused;
  for (std::size_t at = 0; at <= path.size();) {
    std::size_t end = std::min(path.find(':', at), path.size());
    // An empty entry is the working directory.
    std::string candidate = end == at ? name : path.substr(at, end - at) + "/" + name;
    if (is_executable_file(candidate)) return candidate;
    if (access(candidate.c_str(), F_OK) == 0 && refused.empty()) refused = candidate;
    at = end + 1;
  }
  if (!refused.empty()) return Error{"is not executable", refused, ""};
  return Error{"not found in PATH", name,
               is_executable_file("./" + name) ? "did you mean ./" + name + " ?" : ""};
}

// The interpreter of a script; "" if the file is not one.
std::string interpreter_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char bytes[256] = {};
  file.read(bytes, sizeof bytes - 1);
  if (bytes[0] != '#' || bytes[1] != '!') return {};
  const char* begin = bytes + 2 + std::strspn(bytes + 2, " \t");
  return std::string(begin, std::strcspn(begin, " \t\n"));
}

// Whether executing `path` changes who we are: the dynamic linker then ignores LD_PRELOAD. "" if not, else how.
std::string privilege_of(const std::string& path) {
  struct stat status;
  struct statvfs system;
  if (stat(path.c_str(), &status) != 0) return {};
  bool ignored = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ||
                 (statvfs(path.c_str(), &system) == 0 && (system.f_flag & ST_NOSUID) != 0);
  if (ignored) return {};
  if ((status.st_mode & S_ISUID) != 0 && status.st_uid != getuid()) return "is setuid";
  bool set_group = (status.st_mode & S_ISGID) != 0 && (status.st_mode & S_IXGRP) != 0;
  if (set_group && status.st_gid != getgid()) return "is setgid";
  if (getuid() != 0 && getxattr(path.c_str(), "security.capability", nullptr, 0) > 0)
    return "has file capabilities";
  return {};
}

Result<Target> check_elf(const std::string& path, const ElfFacts& facts) {
  ElfFacts own;
  read_elf_facts("/proc/self/exe", own);
  bool same =
      facts.elf_class == own.elf_class && facts.machine == own.machine && facts.byte_order == own.byte_order;
  if (own.is_elf && !same) {
    return Error{"is a program for " + machine_name(facts) + ", this loopscope records " + machine_name(own),
                 path, "use a loopscope built for that machine"};
  }
  if (!facts.has_interpreter) {
    return Error{
        "is statically linked, so no library can be preloaded into it", path,
        "link it dynamically, or link loopscope::agent into it and run it without `loopscope record`"};
  }
  std::string privilege = privilege_of(path);
  if (!privilege.empty()) {
    return Error{
        privilege + ", so the system does not let a library be preloaded into it", path,
        "record it as the user it switches to, or record a copy without the privilege: cp " + path + " /tmp"};
  }
  Target target{path, false};
  for (const std::string& library : facts.needed) {
    target.has_shared_asan |= library.compare(0, 10, "libasan.so") == 0;
  }
  return target;
}

}  // namespace

Result<Target> find_target(const std::string& name) {
  Result<std::string> resolved = resolve_path(name);
  if (!resolved) return resolved.error();
  std::string path = *resolved;
  for (int depth = 0; depth <= kMaxInterpreters; ++depth) {
    ElfFacts facts;
    if (!read_elf_facts(path, facts)) {
      // Executable but not readable: let the system decide.
      return Target{*resolved, false};
    }
    if (facts.is_elf) {
      Result<Target> checked = check_elf(path, facts);
      if (checked) checked->path = *resolved;
      return checked;
    }
    std::string interpreter = interpreter_of(path);
    // Neither ELF nor script: execvp gives it to the shell.
    if (interpreter.empty()) interpreter = "/bin/sh";
    if (!is_executable_file(interpreter)) {
      return Error{"its interpreter " + interpreter + " cannot be executed", path, ""};
    }
    path = interpreter;
  }
  return Error{"too many interpreters, one inside the other", *resolved, ""};
}

}  // namespace loopscope::cli
