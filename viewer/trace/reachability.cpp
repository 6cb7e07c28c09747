#include "viewer/trace/reachability.h"

#include <algorithm>

namespace loopscope::trace {

using namespace model;

void Reachability::add(std::string_view packet) {
  RawReachability check = parse_reachability(packet);
  // What does not fit one packet follows in more of the same number.
  if (!checks_.empty() && checks_.back().check == check.check) {
    std::vector<std::uint64_t>& tasks = checks_.back().tasks;
    tasks.insert(tasks.end(), check.tasks.begin(), check.tasks.end());
  } else if (checks_.size() < kMaxChecks) {
    checks_.push_back(std::move(check));
  }
}

void Reachability::tell(Trace& trace, const TraceClock& clock) const {
  static constexpr std::uint64_t kFar = std::uint64_t{1} << 58;
  const auto nanos = [](std::uint64_t ns) { return static_cast<Nanos>(std::min<std::uint64_t>(ns, kFar)); };
  for (const RawReachability& raw : checks_) {
    ReachabilityCheck check;
    check.at = clock.at(raw.ticks);
    check.trouble = raw.trouble;
    check.suspended = raw.suspended;
    check.reached = raw.reached;
    check.elsewhere = raw.elsewhere;
    check.unreachable = raw.unreachable;
    check.threads = raw.threads;
    check.heap_bytes = raw.heap_bytes;
    check.root_bytes = raw.root_bytes;
    check.duration = nanos(raw.duration_ns);
    check.pause = nanos(raw.pause_ns);
    check.at_exit = raw.at_exit;
    for (const std::uint64_t id : raw.tasks) {
      const TaskIndex task = trace.tasks.find(id);
      if (task != kNoTask && trace.tasks.pending(task)) trace.never_resumable.push_back({task, check.at});
    }
    trace.reachability_checks.push_back(std::move(check));
  }
  const auto earlier = [](const NeverResumable& a, const NeverResumable& b) {
    return a.task != b.task ? a.task < b.task : a.proven < b.proven;
  };
  const auto same = [](const NeverResumable& a, const NeverResumable& b) { return a.task == b.task; };
  std::vector<NeverResumable>& proven = trace.never_resumable;
  std::sort(proven.begin(), proven.end(), earlier);
  proven.erase(std::unique(proven.begin(), proven.end(), same), proven.end());
}

}  // namespace loopscope::trace
