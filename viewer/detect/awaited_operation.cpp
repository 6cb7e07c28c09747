#include "viewer/detect/awaited_operation.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "viewer/detect/place.h"

namespace loopscope::detect {
namespace {

using Words = std::string_view;

constexpr auto kTimers = std::to_array<Words>(
    {"timer", "timers", "sleep", "sleeper", "delay", "timeout", "deadline", "pause", "backoff", "after"});
constexpr auto kStreams = std::to_array<Words>(
    {"read",     "reads",     "reader",   "receive", "received",  "receiver",  "recv",      "accept",
     "acceptor", "listen",    "listener", "wait",    "waiter",    "pop",       "dequeue",   "channel",
     "queue",    "stream",    "next",     "yield",   "generator", "write",     "writer",    "send",
     "sender",   "flush",     "lock",     "mutex",   "acquire",   "semaphore", "condition", "event",
     "signal",   "barrier",   "latch",    "permit",  "limiter",   "throttle",  "subscribe", "subscription",
     "mailbox",  "broadcast", "notify",   "cv",      "gate",      "token"});
constexpr auto kTurns = std::to_array<Words>(
    {"read",    "receive", "recv",      "accept",  "pop",     "dequeue",   "next",     "wait",
     "listen",  "take",    "yield",     "lock",    "acquire", "sleep",     "delay",    "pause",
     "tick",    "retry",   "attempt",   "backoff", "poll",    "drain",     "throttle", "once",
     "nap",     "iterate", "step",      "cycle",   "round",   "keepalive", "ping",     "watch",
     "consume", "pump",    "heartbeat", "write",   "append",  "flush",     "commit"});

constexpr auto kPaces =
    std::to_array<Words>({"heartbeat", "beat", "ping", "keepalive", "poll", "poller", "tick", "ticker",
                          "pace", "monitor", "watch", "watchdog", "retry"});

template <std::size_t kCount>
bool is_one_of(const std::array<Words, kCount>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Calls `use` with each word of "async_read", "asyncRead" and "AsyncRead<Buffer>", in lower case, until it returns true.
template <class Use>
bool any_word(std::string_view name, Use use) {
  std::string word;
  char before = '\0';
  for (const char c : name) {
    const auto code = static_cast<unsigned char>(c);
    const bool is_letter = std::isalpha(code) != 0;
    const bool begins = std::isupper(code) != 0 && std::islower(static_cast<unsigned char>(before)) != 0;
    if ((!is_letter || begins) && !word.empty()) {
      if (use(std::string_view(word))) return true;
      word.clear();
    }
    if (is_letter) word += static_cast<char>(std::tolower(code));
    before = c;
  }
  return !word.empty() && use(std::string_view(word));
}

// "read_line" of "net::Reader<Socket>::read_line<int>(Buffer&)".
std::string_view bare_name(std::string_view function) {
  std::size_t depth = 0;
  std::size_t from = 0;
  for (std::size_t at = 0; at < function.size() && function[at] != '('; ++at) {
    if (function[at] == '<') ++depth;
    if (function[at] == '>' && depth > 0) --depth;
    if (depth == 0 && (function[at] == ':' || function[at] == ' ')) from = at + 1;
  }
  function = function.substr(from);
  return function.substr(0, function.find_first_of("<("));
}

}  // namespace

AwaitedKind operation_named(std::string_view name) {
  // Timers are waited for ("async_wait"), too, so they come first.
  if (any_word(name, [](std::string_view word) { return is_one_of(kTimers, word); }))
    return AwaitedKind::timer;
  if (any_word(name, [](std::string_view word) { return is_one_of(kStreams, word); }))
    return AwaitedKind::stream;
  return AwaitedKind::other;
}

bool names_a_turn(std::string_view function) {
  return any_word(bare_name(function), [](std::string_view word) { return is_one_of(kTurns, word); });
}

bool names_a_pace(std::string_view function) {
  return any_word(bare_name(function), [](std::string_view word) { return is_one_of(kPaces, word); });
}

const model::Frame* operation_frame(const model::Site& site) {
  for (std::size_t at = 1; at < site.stack.size(); ++at) {
    if (!site.stack[at].library && !site.stack[at - 1].function.empty()) return &site.stack[at - 1];
  }
  return nullptr;
}

std::optional<AwaitedKind> AwaitedOperations::of(const model::Edge& edge) {
  model::SiteIndex site = edge.site;
  const bool is_task = edge.to < trace_.tasks.size();
  if (is_task) {
    site = trace_.tasks.site(edge.to);
    if (site >= trace_.sites.size() || !trace_.sites[site].is(model::kInternal)) return std::nullopt;
  }
  if (site >= trace_.sites.size()) return AwaitedKind::other;
  std::optional<AwaitedKind>& known = known_[site];
  if (!known) {
    const model::Frame* const frame = is_task ? operation_frame(trace_.sites[site]) : nullptr;
    known =
        operation_named(is_task ? (frame == nullptr ? "" : function_text(*frame)) : trace_.sites[site].name);
  }
  return known;
}

AwaitedOperations::Waits AwaitedOperations::below(const AwaitLists& awaits, model::TaskIndex task) {
  Waits waits;
  open_.assign(1, task);
  // Who waits for each other in a circle is met again and again, until there were enough of them.
  for (std::size_t met = 0; met < open_.size(); ++met) {
    waits.run = add_saturating(waits.run, trace_.tasks.run_ns(open_[met]));
    for (const std::uint32_t at : awaits.of(open_[met])) {
      const model::Edge& edge = trace_.edges[at];
      const std::optional<AwaitedKind> operation = of(edge);
      if (!operation) {
        if (open_.size() < kMostTasks) open_.push_back(edge.to);
        continue;
      }
      Nanos& sum = *operation == AwaitedKind::timer    ? waits.timer
                   : *operation == AwaitedKind::stream ? waits.stream
                                                       : waits.other;
      sum = add_saturating(sum, wait_of(trace_, edge));
      if (++waits.waits == kMostWaits) return waits;
    }
  }
  return waits;
}

}  // namespace loopscope::detect
