// Who waited while a stall held a loop's thread. Told by Story, which knows when tasks were due or ready.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/trace/task_keeper.h"

namespace loopscope::trace {

class Waits {
 public:
  // What held a thread.
  struct Blocker {
    Time begin = 0;
    Time end = 0;
    model::TaskIndex task = model::kNoTask;
    model::SiteIndex site = model::kNoSite;
    bool is_span = true;
  };
  struct Waiter {
    model::TaskIndex task = model::kNoTask;  // kNoTask: counted, not named
    std::uint64_t id = 0;                    // its number in the trace
  };

  Waits(model::Trace& trace, TaskKeeper& keeper) : trace_(trace), keeper_(keeper) {}

  // The track (by its number in Story) was held up to now. The last kRecent of each are remembered.
  void held(std::size_t track, const Blocker& blocker);
  // What held it from `since` on is forgotten: it was part of something longer, which is to follow.
  void forget_since(std::size_t track, Time since);
  // One that could have begun on this track at `since` did so at `until`.
  void waited(std::size_t track, const Waiter& waiter, Time since, Time until);
  // The same of one that the poll which ended at `woken` had found ready: it counts once a tick, however often it runs.
  void waited_since_poll(std::size_t track, const Waiter& waiter, Time woken, Time until);

  // After the last one: fills Trace::waited.
  void finish();
  // Before finish(): the tasks have other numbers now.
  void renumber(const std::vector<model::TaskIndex>& number);

 private:
  static constexpr std::size_t kRecent = 16;
  // Whoever else runs in one tick is not counted.
  static constexpr std::size_t kMostInTick = 1u << 16;

  struct Held {
    std::array<Blocker, kRecent> recent;
    std::size_t count = 0;  // ever; the last is recent[(count - 1) % kRecent]
    Time tick = kNever;     // when that one began, of which these are
    std::unordered_set<std::uint64_t> in_tick;
  };
  struct Entry {
    model::Waited waited;
    std::uint64_t id = 0;
  };
  static bool before(const Entry& a, const Entry& b);
  void keep(const Entry& entry);

  model::Trace& trace_;
  TaskKeeper& keeper_;
  std::vector<Held> tracks_;
  std::vector<Entry> longest_;  // a heap, the shortest on top
};

}  // namespace loopscope::trace
