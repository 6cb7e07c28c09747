// What a task waits for at the bottom, where that is no task of the program's: a stream of things that come one after the
// other, a timer, or an operation of its own. By name, since nothing else tells: detectors stay silent about what only
// looks as if it could be done at once. Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/detect/await_lists.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

enum class AwaitedKind : std::uint8_t {
  other,   // nothing is known of it: may be a question of its own
  stream,  // reads, receives, writes of one connection, queues, locks: each comes after the one before
  timer,
};

// By the words of a name: "asio::basic_waitable_timer<...>::async_wait" is a timer, "Channel::pop" a stream.
AwaitedKind operation_named(std::string_view name);

// A coroutine whose name says that it takes turns or comes again: "read_line", "next_page", "sleep_for", "poll_once". Of a
// function: without parameters.
bool names_a_turn(std::string_view function);

// A function that waits on purpose, again and again: "heartbeat", "poll_devices", "keepalive".
bool names_a_pace(std::string_view function);

// A library's own coroutine between an operation and who waits for it: the operation's function, called by the program.
// nullptr if there is none.
const model::Frame* operation_frame(const model::Site& site);

// Of awaits at the bottom; remembers what it found of each site.
class AwaitedOperations {
 public:
  explicit AwaitedOperations(const model::Trace& trace) : trace_(trace), known_(trace.sites.size()) {}

  // Nothing if it is a task of the program's that is awaited.
  std::optional<AwaitedKind> of(const model::Edge& edge);

  // How long a task and those that it awaited waited for each; a bounded number of them.
  struct Waits {
    Nanos other = 0;
    Nanos stream = 0;
    Nanos timer = 0;
    Nanos run = 0;            // they ran for, all of them together
    std::uint32_t waits = 0;  // for operations
    bool only_streams() const { return waits > 0 && stream > 0 && other == 0; }
    bool only_timers() const { return waits > 0 && timer > 0 && other == 0 && stream == 0; }
  };
  Waits below(const AwaitLists& awaits, model::TaskIndex task);

 private:
  static constexpr std::size_t kMostTasks = 64;
  static constexpr std::size_t kMostWaits = 256;

  const model::Trace& trace_;
  std::vector<std::optional<AwaitedKind>> known_;
  std::vector<model::TaskIndex> open_;
};

}  // namespace loopscope::detect
