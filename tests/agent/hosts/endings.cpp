// A host that records a known number of tasks and then ends, or goes on, in one of many ways. What it leaves
// behind is judged by tests/agent/endings_test.cpp. Usage: endings SCENARIO TRACE [FOLDER]
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include <loopscope/loopscope.h>

namespace {

std::string g_trace, g_folder, g_self;

loopscope_site site(const char* kind) {
  loopscope_site_info info{};
  info.size = sizeof info;
  info.kind = kind;
  return loopscope_site_define(&info);
}

// `pending` tasks that are never finished and `done` that are.
void record_tasks(const char* kind, int pending, int done) {
  const loopscope_site where = site(kind);
  for (int i = 0; i < pending; ++i) loopscope_task_created(where);
  for (int i = 0; i < done; ++i) {
    const loopscope_task task = loopscope_task_created(where);
    loopscope_span_begin(task);
    loopscope_span_end(task);
    loopscope_task_finished(task);
  }
}

void start() {
  loopscope_options options{};
  options.size = sizeof options;
  options.trace_path = g_trace.c_str();
  const int error = loopscope_start(&options);
  if (error != 0) {
    std::fprintf(stderr, "start: %d %s\n", error, loopscope_last_error());
    std::exit(99);
  }
}

void start_and_record() {
  start();
  record_tasks("parent", 23, 101);
}

int wait_for(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 200 + WTERMSIG(status);
}

struct AtDestruction {
  bool armed = false;
  ~AtDestruction() {
    if (armed) record_tasks("destructor", 3, 0);
  }
} g_late;

int close_all_and_go_on() {
  start_and_record();
  for (int fd = 3; fd < 1024; ++fd) close(fd);
  // The next files get the lowest numbers, and nobody else writes into them.
  const std::string path = g_folder + "/own";
  const int own = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (own != 3) return 98;
  record_tasks("after", 7, 0);
  loopscope_flush(5'000);
  return lseek(own, 0, SEEK_END) == 0 ? 0 : 97;
}

int fork_and_record() {
  start_and_record();
  const pid_t child = fork();
  if (child == 0) {
    record_tasks("child", 13, 0);
    std::exit(5);
  }
  const int status = wait_for(child);
  record_tasks("after", 7, 0);
  return status;
}

int raw_clone() {
  start_and_record();
  // Behind libc's back: no fork handler runs.
  const auto child = static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (child == 0) {
    record_tasks("child", 13, 0);
    syscall(SYS_exit_group, loopscope_recording() ? 1 : 0);
  }
  const int status = wait_for(child);
  record_tasks("after", 7, 0);
  return status;
}

int daemonise() {
  start_and_record();
  int done[2];
  if (pipe(done) != 0) return 96;
  if (fork() != 0) {
    close(done[1]);
    char byte;
    // The daemon closes it by ending.
    while (read(done[0], &byte, 1) > 0) {
    }
    return 0;
  }
  close(done[0]);
  setsid();
  if (chdir("/") != 0) return 95;
  record_tasks("daemon", 13, 0);
  return 0;
}

int many_threads() {
  start();
  // One after another and some at a time; few enough for the ring, should the writer have no processor.
  for (int round = 0; round < 53; ++round) {
    std::thread threads[7];
    for (std::thread& thread : threads) thread = std::thread([] { record_tasks("thread", 1, 2); });
    for (std::thread& thread : threads) thread.join();
  }
  return 0;
}

int recursion() {
  start();
  const loopscope_site where = site("deep");
  std::function<void(int)> go = [&](int depth) {
    const loopscope_task task = loopscope_task_created(where);
    loopscope_span_begin(task);
    if (depth > 1) go(depth - 1);
    loopscope_span_end(task);
    loopscope_task_finished(task);
  };
  go(101);
  return loopscope_current_task() == 0 ? 0 : 1;
}

std::atomic<bool> g_stop{false};

int signals() {
  start();
  static loopscope_site from_handler;
  from_handler = site("handler");
  struct sigaction action {};
  action.sa_handler = [](int) { loopscope_task_finished(loopscope_task_created(from_handler)); };
  sigaction(SIGUSR1, &action, nullptr);
  std::thread sender([self = pthread_self()] {
    while (!g_stop) pthread_kill(self, SIGUSR1);
  });
  record_tasks("interrupted", 23, 200'003);
  g_stop = true;
  sender.join();
  return 0;
}

int errno_is_kept() {
  start();
  const loopscope_site where = site("errno");
  for (int i = 0; i < 100'003; ++i) {
    errno = 4321;
    loopscope_task_finished_with(loopscope_task_created(where), LOOPSCOPE_OUTCOME_ERROR, -1, "EPERM");
    if (errno != 4321) return 1;
  }
  return 0;
}

const std::map<std::string, std::function<int()>> kScenarios{
    {"exit",
     [] {
       start_and_record();
       return 7;
     }},
    {"exit-in-function",
     [] {
       start_and_record();
       std::exit(11);
       return 0;
     }},
    {"_exit",
     [] {
       start_and_record();
       _exit(13);
       return 0;
     }},
    {"abort",
     [] {
       start_and_record();
       std::abort();
       return 0;
     }},
    {"segv",
     [] {
       start_and_record();
       signal(SIGSEGV, SIG_DFL);
       raise(SIGSEGV);
       return 0;
     }},
    {"kill",
     [] {
       start_and_record();
       raise(SIGKILL);
       return 0;
     }},
    {"stop",
     [] {
       start_and_record();
       const int e = loopscope_stop();
       record_tasks("after", 5, 0);
       return -e;
     }},
    {"restart",
     [] {
       start_and_record();
       loopscope_stop();
       g_trace += ".2.pb";
       start();
       record_tasks("second", 5, 0);
       return 0;
     }},
    {"destructor",
     [] {
       start_and_record();
       g_late.armed = true;
       return 0;
     }},
    {"fork", fork_and_record},
    {"raw-clone", raw_clone},
    {"daemon", daemonise},
    {"exec",
     [] {
       start_and_record();
       execl(g_self.c_str(), "endings", "nothing", g_trace.c_str(), nullptr);
       return 94;
     }},
    {"nothing", [] { return 17; }},
    {"close-all", close_all_and_go_on},
    {"chroot",
     [] {
       start_and_record();
       if (chroot(g_folder.c_str()) != 0 || chdir("/") != 0) return 93;
       record_tasks("after", 7, 0);
       return 0;
     }},
    {"drop-privileges",
     [] {
       start_and_record();
       if (setgid(65534) != 0 || setuid(65534) != 0) return 92;
       record_tasks("after", 7, 0);
       return 0;
     }},
    {"full-disk",
     [] {
       start();
       const rlimit limit{4096, 4096};
       setrlimit(RLIMIT_FSIZE, &limit);
       for (int i = 0; i < 50; ++i) {
         record_tasks("lost", 0, 20'011);
         loopscope_flush(5'000);
       }
       return 0;
     }},
    {"unwritable",
     [] {
       loopscope_options options{};
       options.size = sizeof options;
       options.trace_path = "/proc/no/such/folder/t.pb";
       const int error = loopscope_start(&options);
       std::fprintf(stderr, "%s\n", loopscope_last_error());
       record_tasks("nowhere", 23, 0);
       return error == LOOPSCOPE_EIO ? 0 : 1;
     }},
    {"threads", many_threads},
    {"recursion", recursion},
    {"signals", signals},
    {"errno", errno_is_kept},
    {"dlclose",
     [] {
       void* library = dlopen(g_folder.c_str(), RTLD_NOW);
       if (library == nullptr) return 91;
       reinterpret_cast<void (*)(const char*)>(dlsym(library, "record_in_library"))(g_trace.c_str());
       dlclose(library);
       return 0;
     }},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || kScenarios.find(argv[1]) == kScenarios.end()) return 98;
  g_self = "/proc/self/exe";
  g_trace = argv[2];
  g_folder = argc > 3 ? argv[3] : "";
  return kScenarios.at(argv[1])();
}
