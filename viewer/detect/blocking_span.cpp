// blocking-span: callbacks that hold their loop longer than the limit, by the line that the watchdog's samples blame, or
// by where their tasks were created if nobody looked.
#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/blame.h"
#include "viewer/detect/blocked.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/place.h"
#include "viewer/detect/site_groups.h"
#include "viewer/detect/stall_sorting.h"
#include "viewer/detect/system_call.h"
#include "viewer/detect/wilson.h"

namespace loopscope::detect {
namespace {

// Of the longest stalls at a place: more samples change no answer.
constexpr std::size_t kMostSamples = 2'000;

// How most of the stall's sampled time was spent, but for waits for a processor: what it did when it had one.
std::string own_cause(const model::Stall& stall) {
  std::map<std::string, Nanos> time;
  for (const model::StallSample& sample : stall.samples) {
    const std::string cause = sample.cause == "not scheduled" ? "running" : sample.cause;
    time[cause] = add_saturating(time[cause], sample.weight);
  }
  const auto most = std::max_element(time.begin(), time.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most != time.end()) return most->first;
  return stall.cause == "not scheduled" ? "running" : stall.cause;
}

// Of the heaviest sample in one; -1 if it was not the cause.
int system_call_of(const model::Stall& stall) {
  if (own_cause(stall) != "system call") return -1;
  const model::StallSample* heaviest = nullptr;
  for (const model::StallSample& sample : stall.samples) {
    if (sample.system_call >= 0 && (heaviest == nullptr || sample.weight > heaviest->weight))
      heaviest = &sample;
  }
  return heaviest != nullptr ? heaviest->system_call : -1;
}

// What makes two stalls one: the same function blamed, blocked in the same way.
using Key = std::tuple<std::string, std::string, std::string, int>;

struct Group {
  Blocked blocked;
  std::map<std::uint32_t, Nanos> by_place;  // of creation, SiteGroups' numbers
};

class Grouping {
 public:
  explicit Grouping(const model::Trace& trace) : trace_(trace), places_(trace) {}

  void add(const model::Stall& stall) {
    std::vector<const model::StallSample*> samples;
    for (const model::StallSample& sample : stall.samples) {
      if (samples.size() < kMostSamples) samples.push_back(&sample);
    }
    const Blame blame = blame_of(samples);
    if (blame.stack.empty()) {
      unseen_.push_back(&stall);
      return;
    }
    const model::Frame& frame = blame.stack.front();
    const std::string where = frame.file.empty() ? frame.module : frame.file;
    const std::string what =
        frame.function.empty() ? fmt::format("{:x}", frame.module_offset) : frame.function;
    put(groups_[{what, where, own_cause(stall), system_call_of(stall)}], stall);
  }

  // Of a place of which some stalls were sampled, the others are of the same kind: the watchdog was busy elsewhere.
  std::vector<const Group*> finish() {
    std::map<std::uint32_t, Group*> heaviest_at;
    for (auto& [key, group] : groups_) {
      for (const auto& [place, time] : group.by_place) {
        Group*& heaviest = heaviest_at[place];
        if (heaviest == nullptr || heaviest->by_place[place] < time) heaviest = &group;
      }
    }
    for (const model::Stall* stall : unseen_) {
      const auto known = heaviest_at.find(place_of(*stall));
      if (known != heaviest_at.end()) {
        known->second->blocked.add(*stall);
      } else {
        put(unsampled_[place_of(*stall)], *stall);
      }
    }
    std::vector<const Group*> all;
    for (auto& [key, group] : groups_) {
      std::stable_sort(
          group.blocked.stalls.begin(), group.blocked.stalls.end(),
          [](const model::Stall* a, const model::Stall* b) { return a->duration > b->duration; });
      all.push_back(&group);
    }
    for (auto& [place, group] : unsampled_) all.push_back(&group);
    return all;
  }

 private:
  std::uint32_t place_of(const model::Stall& stall) const {
    return stall.task < trace_.tasks.size() ? places_.of(trace_.tasks.site(stall.task)) : 0;
  }
  void put(Group& group, const model::Stall& stall) {
    group.blocked.add(stall);
    Nanos& time = group.by_place[place_of(stall)];
    time = add_saturating(time, stall.duration);
  }

  const model::Trace& trace_;
  SiteGroups places_;
  std::map<Key, Group> groups_;
  std::vector<const model::Stall*> unseen_;
  std::map<std::uint32_t, Group> unsampled_;
};

std::string advice_for(const model::Stall& longest) {
  const int call = system_call_of(longest);
  const std::string cause = own_cause(longest);
  if (cause == "system call") {
    const std::string name = call >= 0 ? system_call_text(call) : "the kernel";
    if (name == "futex") {
      return "The thread waits for a lock or another thread here. Have the other side hold it for less time, "
             "or hand "
             "the work over by a message.";
    }
    return fmt::format(
        "The thread sleeps in {} here while its loop stands still. Use the loop's own asynchronous call for "
        "it, or a "
        "worker thread.",
        name);
  }
  if (cause == "page fault") {
    return "The thread waits for memory here: pages are read from disk or swapped in. Touch or lock the "
           "memory "
           "beforehand, or do this on a worker thread.";
  }
  return "Split this work into pieces of a few milliseconds, or move it to a worker thread.";
}

Finding blocking(const Group& group, const Waits& waits, const model::Trace& trace, const Limits& limits) {
  const Blocked& blocked = group.blocked;
  const model::Stall& longest = *blocked.stalls.front();
  Finding finding;
  finding.detector = "blocking-span";
  if (longest.task < trace.tasks.size()) finding.site = trace.tasks.site(longest.task);
  tell_cost(blocked, waits, trace, limits, finding);
  std::vector<const model::StallSample*> samples;
  for (const model::Stall* stall : blocked.stalls) {
    for (const model::StallSample& sample : stall->samples) {
      if (samples.size() < kMostSamples) samples.push_back(&sample);
    }
  }
  const Blame blame = blame_of(samples);
  if (blame.stack.empty()) {
    const bool placed = finding.site != model::kNoSite && finding.site < trace.sites.size();
    finding.title =
        fmt::format("A callback of {} holds the loop {}",
                    placed ? place_text(trace.sites[finding.site]) : "an unknown task", length_text(blocked));
    finding.advice =
        trace.watched ? "No stack was sampled in it, so only where its task was started is known. Split the "
                        "callback's work, or move it to a worker thread."
                      : "It was recorded without the watchdog, so only where its task was started is known. "
                        "Record with it to learn the line.";
    return finding;
  }
  finding.stack = blame.stack;
  for (const LineShare& line : blame.lines) {
    const double share =
        blame.weight > 0 ? static_cast<double>(line.weight) / static_cast<double>(blame.weight) : 0;
    finding.lines.push_back({line.frame, static_cast<Nanos>(share * static_cast<double>(blocked.total)),
                             100 * share, wilson_interval(100 * share, blame.samples)});
  }
  if (!finding.lines.empty()) {
    const LineCost& line = finding.lines.front();
    finding.evidence.push_back({"in_this_line", line.share, "%", line.interval});
  }
  finding.title = fmt::format("{} holds the loop {}", frame_text(blame.stack.front()), length_text(blocked));
  finding.advice = advice_for(longest);
  return finding;
}

}  // namespace

std::vector<Finding> blocking_span(const model::Trace& trace, const Limits& limits) {
  const std::vector<SortedStall> sorted = sort_stalls(trace, limits.call_explains);
  const Waits waits(trace);
  Grouping grouping(trace);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i].fault == Fault::spans) grouping.add(trace.stalls[i]);
  }
  std::vector<Finding> findings;
  for (const Group* group : grouping.finish()) findings.push_back(blocking(*group, waits, trace, limits));
  return findings;
}

}  // namespace loopscope::detect
