// guest SCENARIO TRACE: a program that would notice if a check were more than a guest. Says what it noticed.
//   unnoticed   children, signals, fork handlers, descriptors and exit handlers, while a large heap is searched
//   no_time     a search that takes longer than it is given
//   exits N     ends with that status, with coroutines lost and coroutines that only its statics hold
//   forks       a child that goes on with the copy it is, and asks for itself
#include "tests/agent/reach/hosts/planted.h"

#include <loopscope/loopscope.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace planted;

namespace {

std::uintptr_t g_left;
Task lost() { co_await Wait{g_left}; }
Task held_by_a_static() { co_await Wait{g_left}; }

// In frames of its own, that are overwritten: a slot that some later frame does not use would remember it by chance.
[[gnu::noinline]] void sweep_stack() {
  volatile char bytes[16 * 1024];
  for (volatile char& byte : bytes) byte = 0;
}
[[gnu::noinline]] void lose_some(int times) {
  for (int i = 0; i < times; ++i) lost();
  g_left = 0;
}
void lose(int times) {
  lose_some(times);
  sweep_stack();
}

std::atomic<int> g_child_signals{0}, g_fork_handlers{0};

// Blocks of a size as programs have them, so that a search has something to do.
std::vector<std::unique_ptr<char[]>> ballast(std::size_t bytes) {
  constexpr std::size_t kBlock = 1009;
  std::vector<std::unique_ptr<char[]>> blocks(bytes / kBlock);
  for (auto& block : blocks) {
    block = std::make_unique<char[]>(kBlock);
    std::memset(block.get(), 7, kBlock);
  }
  return blocks;
}

loopscope_leak_proof ask(std::uint32_t timeout_ms, int& result) {
  loopscope_leak_proof proof{};
  proof.size = sizeof proof;
  result = loopscope_prove_leaks(timeout_ms, &proof);
  return proof;
}

// A process whose parent this is; 0 if there is none.
int child_of_ours() {
  DIR* const all = opendir("/proc");
  int found = 0;
  while (const dirent* entry = readdir(all)) {
    const std::string path = std::string("/proc/") + entry->d_name + "/stat";
    FILE* const file = fopen(path.c_str(), "r");
    if (file == nullptr) continue;
    int pid = 0, parent = 0;
    char state = 0, name[64] = "";
    if (fscanf(file, "%d (%63[^)]) %c %d", &pid, name, &state, &parent) == 4 && parent == getpid() &&
        std::strcmp(name, "loopscope-reach") == 0) {
      found = pid;
    }
    fclose(file);
  }
  closedir(all);
  return found;
}

void unnoticed() {
  struct sigaction action {};
  action.sa_handler = [](int) { ++g_child_signals; };
  sigaction(SIGCHLD, &action, nullptr);
  pthread_atfork([] { ++g_fork_handlers; }, [] { ++g_fork_handlers; }, [] { ++g_fork_handlers; });
  std::atexit([] { std::printf("exit handler\n"); });
  lose(1);
  const auto blocks = ballast(std::size_t{101} << 20);

  std::atomic<bool> over{false};
  std::atomic<int> waited{0}, closed{0}, end_of_file{0};
  std::thread waiter([&] {
    while (!over) {
      int status = 0;
      if (waitpid(-1, &status, WNOHANG) != -1 || errno != ECHILD) ++waited;
    }
  });
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  std::thread closer([&] {
    while (!over && child_of_ours() == 0) {
    }
    if (over) return;
    close(ends[1]);
    ++closed;
    char byte = 0;
    // Nobody else has the other end: not the copy, which is still there.
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    end_of_file = read(ends[0], &byte, 1) == 0;
  });
  int result = 0;
  const loopscope_leak_proof proof = ask(60'000, result);
  over = true;
  waiter.join();
  closer.join();
  std::printf("result %d never_resumable %llu\n", result,
              static_cast<unsigned long long>(proof.never_resumable));
  std::printf("children seen %d, signals %d, fork handlers %d\n", waited.load(), g_child_signals.load(),
              g_fork_handlers.load());
  std::printf("%s\n", closed == 0 || end_of_file == 1 ? "descriptors are the program's own" : "kept open");
  int status = 0;
  std::printf("%s\n",
              waitpid(-1, &status, __WALL) == -1 && errno == ECHILD ? "no child is left" : "a child is left");
}

void no_time() {
  const auto blocks = ballast(std::size_t{307} << 20);
  lose(1);
  int result = 0;
  ask(1, result);
  std::printf("result %d: %s\n", result, loopscope_last_error());
}

void exits() {
  static std::vector<std::coroutine_handle<>> waiting;
  lose(5);
  for (int i = 0; i < 3; ++i) {
    held_by_a_static();
    waiting.push_back(std::coroutine_handle<>::from_address(undisguised(g_left)));
  }
  g_left = 0;
}

void forks() {
  lose(1);
  std::fflush(stdout);
  if (const pid_t child = fork(); child == 0) {
    lose(1);
    int result = 0;
    const loopscope_leak_proof proof = ask(20'000, result);
    std::printf("child: result %d never_resumable %llu\n", result,
                static_cast<unsigned long long>(proof.never_resumable));
    std::fflush(stdout);
    _exit(0);
  } else {
    int status = 0;
    std::printf("%s\n",
                waitpid(child, &status, 0) == child && status == 0 ? "child came back" : "child is gone");
  }
  int result = 0;
  const loopscope_leak_proof proof = ask(20'000, result);
  std::printf("parent: result %d never_resumable %llu\n", result,
              static_cast<unsigned long long>(proof.never_resumable));
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return 2;
  const std::string scenario = arguments[1];
  loopscope_options options{};
  options.size = sizeof options;
  options.trace_path = arguments[2];
  options.prove_leaks_ms = scenario == "exits" ? 20'000 : 0;
  if (loopscope_start(&options) != LOOPSCOPE_OK) {
    std::fprintf(stderr, "%s\n", loopscope_last_error());
    return 1;
  }
  if (scenario == "unnoticed") unnoticed();
  if (scenario == "no_time") no_time();
  if (scenario == "exits") exits();
  if (scenario == "forks") forks();
  return count > 3 ? std::atoi(arguments[3]) : 0;
}
