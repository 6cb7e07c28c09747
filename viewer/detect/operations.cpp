#include "viewer/detect/operations.h"

#include <algorithm>
#include <array>
#include <string>

#include "viewer/base/text.h"

namespace loopscope::detect {
namespace {

template <std::size_t kCount>
bool has_any(std::string_view text, const std::array<std::string_view, kCount>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

constexpr auto kTimes = std::to_array<std::string_view>(
    {"timer", "sleep", "delay", "timeout", "interval", "wait_for", "wait_until", "deadline"});
constexpr auto kLookups = std::to_array<std::string_view>({"getaddrinfo", "getnameinfo", "resolve"});
// What comes when somebody else wants it to, and what only hands over the turn.
constexpr auto kNoAnswers = std::to_array<std::string_view>(
    {"read",    "recv",   "receive", "accept", "listen",  "signal",   "queue", "channel", "stream",
     "mutex",   "lock",   "semaph",  "event",  "condit",  "latch",    "barri", "notif",   "wait",
     "yield",   "schedu", "post",    "defer",  "dispatc", "executor", "pop",   "next",    "suspend",
     "thread",  "idle",   "poll",    "join",   "when_a",  "incoming", "inbox", "mailbox", "subscri",
     "promise", "never",  "stop",    "cancel", "shutdown"});

// Of io_uring's operations those that only files have. Whether the others' descriptor is a socket nobody says.
constexpr auto kFilesOfRings = std::to_array<std::string_view>(
    {"fsync", "sync_file", "fallocate", "ftruncate", "openat", "statx", "fadvise", "renameat", "unlinkat",
     "mkdirat", "symlinkat", "linkat", "xattr"});

bool names_a_write(std::string_view name) {
  return name.find("write") != std::string::npos || name.find("send") != std::string::npos;
}

}  // namespace

Operation operation_of(std::string_view kind) {
  const std::string name = lower_case(kind);
  if (has_any(name, kTimes)) return Operation::timer;
  if (name.starts_with("uv_fs_")) return Operation::file;
  if (has_any(name, kLookups)) return Operation::lookup;
  if (name.find("connect") != std::string::npos) return Operation::connect;
  if (name == "uv_work" || name.starts_with("thread_pool.") || name.starts_with("system_executor.")) {
    return Operation::work;
  }
  if (name.starts_with("io_uring_")) {
    if (has_any(name, kFilesOfRings)) return Operation::file;
    return name.find("send") != std::string::npos ? Operation::write : Operation::other;
  }
  if (names_a_write(name)) return Operation::write;
  return Operation::other;
}

bool may_be_an_answer(std::string_view awaited) {
  std::string name = lower_case(awaited);
  // Of every awaiter's name, and of no wait in particular.
  for (std::size_t at = name.find("await"); at != std::string::npos; at = name.find("await", at))
    name.erase(at, 5);
  return !name.empty() && !has_any(name, kTimes) && !has_any(name, kNoAnswers);
}

bool is_write(const model::Site& site) {
  return !site.is(model::kSubscription) && names_a_write(lower_case(site.kind));
}

}  // namespace loopscope::detect
