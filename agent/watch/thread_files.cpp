#include "agent/watch/thread_files.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace loopscope::watch {
namespace {

// Of the beginning of a file, as text.
bool read_text(const stack::PrivateFile& file, char* text, std::size_t bytes) {
  const std::size_t got = file.read(0, text, bytes - 1);
  text[got] = '\0';
  return got != 0;
}

void open_of(stack::PrivateFile& file, const stack::PrivateFile& tasks, std::uint32_t tid, const char* name) {
  char path[48];
  snprintf(path, sizeof path, "%u/%s", tid, name);
  file.open(tasks.number(), path);
}

// What stands behind a label, as a number of that base; `none` if the label is not there.
std::uint64_t number_behind(const char* text, const char* label, int base, std::uint64_t none) {
  const char* at = strstr(text, label);
  return at != nullptr ? strtoull(at + strlen(label), nullptr, base) : none;
}

}  // namespace

bool Doing::same_as(const Doing& other) const { return what == other.what && strcmp(text, other.text) == 0; }

void ThreadFiles::open(const stack::PrivateFile& tasks, std::uint32_t tid) {
  open_of(call_, tasks, tid, "syscall");
  open_of(times_, tasks, tid, "schedstat");
  open_of(status_, tasks, tid, "status");
}

void ThreadFiles::close() {
  for (stack::PrivateFile* file : {&call_, &times_, &status_}) file->close();
}

Doing ThreadFiles::doing() const {
  Doing now;
  if (!read_text(call_, now.text, sizeof now.text)) return now;
  if (strncmp(now.text, "running", 7) == 0) {
    now.what = Doing::What::running;
    return now;
  }
  // Of a thread in a system call: its number, six arguments, stack pointer, program counter. Else: -1 and the last two.
  std::int64_t number = 0;
  std::uint64_t word[8] = {};
  const int fields =
      sscanf(now.text,
             "%" SCNd64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
             " %" SCNx64,
             &number, &word[0], &word[1], &word[2], &word[3], &word[4], &word[5], &word[6], &word[7]);
  if (fields == 9 && number >= 0) {
    now.what = Doing::What::system_call;
    now.system_call = static_cast<std::uint32_t>(number);
    now.stack_pointer = word[6];
    now.program_counter = word[7];
  } else if (fields == 3 && number == -1) {
    now.what = Doing::What::outside;
    now.stack_pointer = word[0];
    now.program_counter = word[1];
  }
  return now;
}

bool ThreadFiles::scheduling(Scheduling& now) const {
  char text[96];
  return read_text(times_, text, sizeof text) &&
         sscanf(text, "%" SCNu64 " %" SCNu64, &now.cpu, &now.waited) == 2;
}

Signalling ThreadFiles::signalling(int signal) const {
  char text[4096];
  if (!read_text(status_, text, sizeof text)) return {};
  const std::uint64_t blocked = number_behind(text, "\nSigBlk:", 16, UINT64_MAX);
  return {(blocked >> (signal - 1) & 1) != 0, number_behind(text, "\nSeccomp:", 10, 0) != 0};
}

}  // namespace loopscope::watch
