#include "agent/reach/kernel_words.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

#include "agent/reach/folder.h"

namespace loopscope::reach {
namespace {

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

// Paths and numbers without allocation.
class Path {
 public:
  explicit Path(std::string_view begin) { add(begin); }
  Path& add(std::string_view text) {
    const std::size_t room = sizeof text_ - 1 - length_;
    const std::size_t bytes = text.size() < room ? text.size() : room;
    std::memcpy(text_ + length_, text.data(), bytes);
    length_ += bytes;
    text_[length_] = '\0';
    return *this;
  }
  Path& add(int number) {
    char digits[16];
    std::size_t at = sizeof digits;
    do {
      digits[--at] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number > 0);
    return add({digits + at, sizeof digits - at});
  }
  const char* text() const { return text_; }

 private:
  char text_[128] = "";
  std::size_t length_ = 0;
};

int open_at(const char* path, int flags) {
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC));
}

// Numbers in base 16 behind each `name` in a file of /proc.
void add_numbers_behind(std::string_view name, const char* path, Case& of) {
  const int file = open_at(path, O_RDONLY);
  if (file < 0) return;
  std::size_t matched = 0;
  bool reading = false, any = false;
  std::uint64_t number = 0;
  char text[4096];
  for (long got; (got = syscall(SYS_read, file, text, sizeof text)) > 0;) {
    for (long i = 0; i < got; ++i) {
      const char c = text[i];
      if (!reading) {
        matched = c == name[matched] ? matched + 1 : (c == name[0] ? 1 : 0);
        if (matched == name.size()) {
          reading = true;
          any = false;
          number = 0;
          matched = 0;
        }
        continue;
      }
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit >= 0) {
        number = number << 4 | static_cast<std::uint64_t>(digit);
        any = true;
      } else if (any || c != ' ') {
        if (any) of.add_word(number);
        reading = false;
      }
    }
  }
  if (reading && any) of.add_word(number);
  syscall(SYS_close, file);
}

// Bytes in which a reference may stand anywhere.
void add_bytes(const char* bytes, std::size_t count, Case& of) {
  for (std::size_t at = 0; at + 8 <= count; ++at) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + at, sizeof word);
    if (word >> 48 == 0 && word >= 0x10000) of.add_word(word);
  }
}

class Descriptors {
 public:
  Descriptors(Case& of, int thread) : case_(of), thread_(thread) {
    process_ = static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0));
  }
  ~Descriptors() {
    if (process_ >= 0) syscall(SYS_close, process_);
    for (const int end : pipe_) {
      if (end >= 0) syscall(SYS_close, end);
    }
  }
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;

  void look_at_all() {
    const int folder = open_at(path_of("fd").text(), O_RDONLY | O_DIRECTORY);
    if (folder < 0) {
      case_.trouble = Trouble::no_map;
      return;
    }
    const bool all = for_each_number(folder, [&](const char* name, int number) {
      char link[64];
      const long length = syscall(SYS_readlinkat, folder, name, link, sizeof link - 1);
      if (length <= 0) return;
      look_at(number, {link, static_cast<std::size_t>(length)});
    });
    if (!all) case_.trouble = Trouble::no_map;
    syscall(SYS_close, folder);
  }

 private:
  Path path_of(std::string_view what) const {
    Path path("/proc/self/task/");
    path.add(thread_).add("/").add(what);
    return path;
  }

  void look_at(int number, std::string_view link) {
    if (link == "anon_inode:[eventpoll]") {
      add_numbers_behind("data:", path_of("fdinfo/").add(number).text(), case_);
    } else if (link == "anon_inode:[io_uring]") {
      case_.trouble = Trouble::kernel_queue;
    } else if (link.substr(0, 6) == "pipe:[") {
      look_into(number, true);
    } else if (link.substr(0, 8) == "socket:[") {
      look_into(number, false);
    }
  }

  // Through a descriptor of our own for the same thing.
  void look_into(int number, bool is_pipe) {
    const int own = process_ >= 0 ? static_cast<int>(syscall(SYS_pidfd_getfd, process_, number, 0)) : -1;
    if (own < 0) return;
    if (is_pipe) {
      look_into_pipe(own);
    } else {
      look_into_socket(own);
    }
    syscall(SYS_close, own);
  }

  // A copy of what is in it: nobody else's reading changes.
  void look_into_pipe(int pipe) {
    if ((fcntl(pipe, F_GETFL) & O_ACCMODE) == O_WRONLY) return;
    if (pipe_[0] < 0 && syscall(SYS_pipe2, pipe_, O_NONBLOCK | O_CLOEXEC) != 0) return;
    constexpr std::size_t kMost = 64 * 1024;
    long left = syscall(SYS_tee, pipe, pipe_[1], kMost, SPLICE_F_NONBLOCK);
    // A reference may stand where two reads meet.
    std::size_t kept = 0;
    while (left > 0) {
      const long got = syscall(SYS_read, pipe_[0], bytes_ + kept, sizeof bytes_ - kept);
      if (got <= 0) break;
      left -= got;
      const std::size_t count = kept + static_cast<std::size_t>(got);
      add_bytes(bytes_, count, case_);
      kept = count < 7 ? count : 7;
      std::memmove(bytes_, bytes_ + count - kept, kept);
    }
  }

  void look_into_socket(int socket) {
    int domain = 0;
    socklen_t bytes = sizeof domain;
    if (syscall(SYS_getsockopt, socket, SOL_SOCKET, SO_DOMAIN, &domain, &bytes) != 0 || domain != AF_UNIX)
      return;
    const long got =
        syscall(SYS_recvfrom, socket, bytes_, sizeof bytes_, MSG_PEEK | MSG_DONTWAIT, nullptr, nullptr);
    if (got > 0) add_bytes(bytes_, static_cast<std::size_t>(got), case_);
  }

  Case& case_;
  int thread_;
  int process_ = -1;
  int pipe_[2] = {-1, -1};
  char bytes_[32 * 1024];
};

}  // namespace

void add_kernel_words(Case& of, int thread) {
  Descriptors(of, thread).look_at_all();
  // "signal: 10/00007ffd3c2f7e10": with what a timer's signal comes.
  add_numbers_behind("/", "/proc/self/timers", of);
}

}  // namespace loopscope::reach
