// A program that links libuv and leaves in the way it is told.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "tests/e2e/libuv/hosts/loop_of_timers.h"

int main(int, char** argv) {
  const char* way = argv[1];
  if (!strcmp(way, "no loop")) return 7;
  // Like a daemon, before it runs a loop. An ordinary user can only give up what he has not.
  const bool is_root = geteuid() == 0;
  if (!strcmp(way, "without rights") &&
      (setgid(is_root ? 65534 : getgid()) || setuid(is_root ? 65534 : getuid()))) {
    return 1;
  }
  if (!strcmp(way, "in another root") && is_root && (chroot(argv[2]) || chdir("/"))) return 1;
  if (!strcmp(way, "as a daemon") && daemon(1, 1)) return 1;
  run_23_timers();
  if (!strcmp(way, "_exit")) _exit(7);
  if (!strcmp(way, "quick_exit")) quick_exit(7);
  if (!strcmp(way, "vfork")) {
    const pid_t child = vfork();
    if (child == 0) _exit(11);
    int status = 0;
    waitpid(child, &status, 0);
    if (WEXITSTATUS(status) != 11) return 1;
    run_23_timers();
  }
  if (!strcmp(way, "exec")) {
    const char* preload = getenv("LD_PRELOAD");
    execl("/bin/sh", "sh", "-c", preload && *preload ? "exit 3" : "exit 7", nullptr);
  }
  return 7;
}
