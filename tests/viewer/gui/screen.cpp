#include "tests/viewer/gui/screen.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>

#include <gtest/gtest.h>

namespace loopscope::testing {
namespace {

class Folder {
 public:
  Folder() : path_(::testing::TempDir() + "loopscope-gui-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no folder like " << path_;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

pid_t start(const std::vector<std::string>& command, int out, int err,
            const std::vector<std::string>& variables) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  for (const std::string& variable : variables) putenv(const_cast<char*>(variable.c_str()));
  const int none = open("/dev/null", O_RDWR);
  dup2(none, 0);
  dup2(out < 0 ? none : out, 1);
  dup2(err < 0 ? none : err, 2);
  execvp(words[0], words.data());
  _exit(127);
}

// The X server chooses a free number itself and tells it through a pipe.
class Display {
 public:
  Display() {
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) return;
    server_ =
        start({"Xvfb", "-displayfd", "1", "-screen", "0", "2560x1600x24", "-nolisten", "tcp", "-noreset"},
              pipe_ends[1], -1, {});
    close(pipe_ends[1]);
    char digit = 0;
    while (read(pipe_ends[0], &digit, 1) == 1 && digit != '\n') name_ += digit;
    close(pipe_ends[0]);
    if (!name_.empty()) name_ = ":" + name_;
  }
  ~Display() {
    if (server_ <= 0) return;
    kill(server_, SIGTERM);
    waitpid(server_, nullptr, 0);
  }
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;
  const std::string& name() const { return name_; }

 private:
  pid_t server_ = -1;
  std::string name_;
};

int wait_for(pid_t child, int limit_s) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(limit_s);
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > until) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return -1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int file_for_output(const std::string& path) {
  return open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
}

std::string display_name() {
  static const Display display;
  EXPECT_FALSE(display.name().empty()) << "Xvfb does not start; is it installed?";
  return display.name();
}

struct Started {
  pid_t child = -1;
  std::string out;
  std::string err;
};

// Nobody's list of files opened last but the test's.
Started start_viewer(const std::vector<std::string>& command) {
  Started started;
  started.out = folder() + "/out";
  started.err = folder() + "/err";
  const int out_file = file_for_output(started.out);
  const int err_file = file_for_output(started.err);
  started.child = start(command, out_file, err_file,
                        {"DISPLAY=" + display_name(), "LIBGL_ALWAYS_SOFTWARE=1", "XDG_STATE_HOME=" + folder(),
                         // Drivers of graphics keep what they have to the end; errors are still found.
                         "ASAN_OPTIONS=detect_leaks=0"});
  close(out_file);
  close(err_file);
  return started;
}

}  // namespace

const std::string& folder() {
  static const Folder made;
  return made.path();
}

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

ViewerRun run_viewer(const std::string& script, const std::vector<std::string>& arguments, int limit_s) {
  const std::string script_path = folder() + "/script";
  std::ofstream(script_path, std::ios::binary) << script;
  std::vector<std::string> command{LOOPSCOPE_VIEWER_PROGRAM, "--script", script_path};
  const bool sized = std::find(arguments.begin(), arguments.end(), "--scale") != arguments.end();
  if (!sized) command.insert(command.end(), {"--scale", "1"});
  command.insert(command.end(), arguments.begin(), arguments.end());
  const Started started = start_viewer(command);
  return {wait_for(started.child, limit_s), contents_of(started.out), contents_of(started.err)};
}

ViewerRun run_viewer_with_hands(const std::vector<std::string>& gestures,
                                const std::vector<std::string>& arguments) {
  std::vector<std::string> command{"/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder(),
                                   LOOPSCOPE_VIEWER_PROGRAM};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const Started started = start_viewer(command);
  const auto xdotool = [](const std::string& words) {
    const pid_t child =
        start({"/bin/sh", "-c", "exec xdotool " + words}, -1, -1, {"DISPLAY=" + display_name()});
    return wait_for(child, 20);
  };
  EXPECT_EQ(xdotool("search --sync --onlyvisible --class loopscope windowfocus --sync"), 0);
  for (const std::string& gesture : gestures) EXPECT_EQ(xdotool(gesture + " sleep 0.5"), 0) << gesture;
  return {wait_for(started.child, 20), contents_of(started.out), contents_of(started.err)};
}

std::string output_of(const std::vector<std::string>& command) {
  const std::string out = folder() + "/command-out";
  const int out_file = file_for_output(out);
  const pid_t child = start(command, out_file, -1, {});
  close(out_file);
  const int exit_code = wait_for(child, 120);
  EXPECT_EQ(exit_code, 0) << command.front() << " " << (command.size() > 1 ? command[1] : "");
  return contents_of(out);
}

}  // namespace loopscope::testing
