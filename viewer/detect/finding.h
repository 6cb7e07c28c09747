// What a detector says: one judgement with its evidence. Made by detectors on the loader's thread, then
// immutable; reports and views only format it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

enum class Severity : std::uint8_t {
  info,      // worth knowing; also every "not enough evidence"
  warning,   // wrong, and it costs something
  critical,  // wrong, and the program will not live with it for long
};

std::string_view name_of(Severity severity);

// Where the true value lies, with 95 % confidence.
struct Interval {
  double low = 0;
  double high = 0;
};

// One number of the case, in the order in which it is to be read.
struct Evidence {
  std::string name;  // a key: lower case with underscores, "oldest_age"
  double value = 0;
  std::string unit;  // "tasks", "ms", "%", "1/s", "events", "bytes", "" for a plain ratio
  std::optional<Interval> interval = {};  // only of what was estimated from samples
};

// A source line that takes part of the time of a finding.
struct LineCost {
  model::Frame frame;
  Nanos time = 0;
  double share = 0;                       // %
  std::optional<Interval> interval = {};  // of the share
};

// A task that had to wait because of a finding, at its longest.
struct WaitingTask {
  model::TaskIndex task = model::kNoTask;
  Nanos waited = 0;
};

// What became of one task of a group that belongs together: siblings, the awaits of one waiter, a cycle.
struct Member {
  model::TaskIndex task = model::kNoTask;
  std::string fate;  // "failed", "ran on", "waits for the next": a few words
  Time at = 0;       // when
  Nanos lasted = 0;  // how long it took, or went on
};

// How hard a finding hit what carries a label.
struct ContextShare {
  std::string key;
  std::string value;
  std::uint64_t tasks = 0;  // of the finding's
  Nanos time = 0;           // that they waited or were held up because of it
};

struct Finding {
  std::string detector;  // "leaked-task"
  Severity severity = Severity::info;
  std::string title;                       // one sentence without a full stop
  model::SiteIndex site = model::kNoSite;  // whose source line to look at; kNoSite if it is no place
  // The line to look at instead, first, and its callers, where it is not where the tasks were created. Empty: the site's.
  std::vector<model::Frame> stack;
  // What of it each line took, by the samples; most first. Empty if there were none.
  std::vector<LineCost> lines;
  std::vector<Evidence> evidence;
  std::string advice;                   // one or two sentences
  std::vector<model::TaskIndex> tasks;  // examples, the most telling first, at most kMaxExamples
  std::vector<WaitingTask> waiting;     // who waited meanwhile, longest first, at most kMaxExamples
  // One example of a group, in the order of time, at most kMaxMembers; what it shows as a sentence. Empty for most.
  std::vector<Member> members;
  std::string members_title;
  std::vector<ContextShare>
      contexts;  // those that it hit hardest first, at most kMaxContexts; empty without labels
  // The trace cannot tell it from something that is meant so.
  bool candidate = false;
  // Those that it is made of, into Trace::stalls, longest first.
  std::vector<std::uint32_t> stalls;
  model::LoopIndex loop = model::kNoLoop;  // the one that it is about, if it is about one
  Time first = 0;                          // when it began and when it was last seen
  Time last = 0;
  std::uint64_t count = 0;  // how many tasks, moments or events it is about
  // Within one severity the dearest comes first: seconds that tasks spent waiting because of it.
  double price = 0;
};

inline constexpr std::size_t kMaxExamples = 5;
inline constexpr std::size_t kMaxMembers = 100;
inline constexpr std::size_t kMaxContexts = 10;

// Critical before info, dear before cheap; equal ones by detector and site, so that reports are repeatable.
void sort_worst_first(std::vector<Finding>& findings);

}  // namespace loopscope::detect
