// await-churn: places that start so many coroutines which never wait for anything that making and ending them takes a good
// part of the busy time. Judged by the sums of each place alone, so that a trace read as a stream gives the same. What the
// recording itself costs is told apart. Price: what passed between their creation and end while they did not run, without
// that cost; others on the loop waited for it.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/coroutines.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/loops.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/site_groups.h"

namespace loopscope::detect {
namespace {

// What recording adds to a coroutine that is created, awaited and destroyed: 102 to 109 ns as tests/bench measures it
// (agent/adapters/coroutines/README.md), a part of it outside of the coroutine's life.
constexpr Nanos kRecordingCost = 100;
// What such a coroutine costs at the least without being recorded: 18 ns, from the same place. What is measured around
// its run less the recording's share may come to nothing on a fast machine, where that share is less.
constexpr Nanos kLeastCost = 18;

struct Sums {
  std::uint64_t created = 0;
  std::uint64_t finished = 0;
  std::uint64_t spans = 0;
  Nanos ran = 0;
  Nanos lived = 0;
};

Sums sums_of(const model::Trace& trace, const SiteGroup& group) {
  Sums sums;
  for (const model::SiteIndex index : group.members) {
    const model::Site& site = trace.sites[index];
    sums.created += site.created;
    sums.finished += site.finished;
    sums.spans += site.spans;
    sums.ran = add_saturating(sums.ran, site.run_ns);
    sums.lived = add_saturating(sums.lived, site.lifetime.sum());
  }
  return sums;
}

// Of all loops; of the whole trace where no loop was busy for as long as these tasks lived, since they then ran elsewhere.
Nanos busy_time(const model::Trace& trace, Nanos lived) {
  const Nanos busy = busy_of_loops(trace);
  return std::max<Nanos>(1, busy >= lived && busy > 0 ? busy : elapsed(trace.begin, trace.end));
}

}  // namespace

std::vector<Finding> await_churn(const model::Trace& trace, const Limits& limits) {
  const bool any = std::any_of(trace.sites.begin(), trace.sites.end(), [](const model::Site& site) {
    return site.kind == kCoroutine && site.created > 0;
  });
  if (!any) return {};
  const Nanos duration = std::max<Nanos>(1, elapsed(trace.begin, trace.end));
  const SiteGroups groups(trace);
  std::vector<Finding> findings;
  for (std::uint32_t at = 0; at < groups.size(); ++at) {
    const SiteGroup& group = groups[at];
    if (!group.judged || !group.one_shot || group.site >= trace.sites.size()) continue;
    if (trace.sites[group.site].kind != kCoroutine) continue;
    const Sums sums = sums_of(trace, group);
    if (sums.finished == 0) continue;

    const auto count = static_cast<double>(sums.finished);
    const double mean_run_us = static_cast<double>(sums.ran) / count / 1e3;
    const double mean_life_us = static_cast<double>(sums.lived) / count / 1e3;
    // One that waits lives longer than it runs, and runs more than once.
    const bool is_tiny =
        mean_life_us < limits.churn_life_us && static_cast<double>(sums.spans) < 1.01 * count;
    const Nanos busy = busy_time(trace, sums.lived);
    const double rate = count / (static_cast<double>(busy) / 1e9);
    if (!is_tiny || count < limits.churn_rate || rate < limits.churn_rate) continue;
    // Of the busy time that there would have been without recording them: most of that cost is outside of their lives.
    const Nanos recording = static_cast<Nanos>(count) * kRecordingCost;
    const Nanos own_busy = std::max<Nanos>(1, busy - std::min(busy, recording));
    const double share = std::min(100.0, percent_of(sums.lived, own_busy));
    if (share < limits.churn_share || percent_of(sums.lived, duration) < 1) continue;

    // What is saved by a function instead: all but its own work, which has to be done anyway.
    const Nanos around = std::max<Nanos>(0, subtract_saturating(sums.lived, sums.ran));
    const Nanos gain = std::max(static_cast<Nanos>(count) * kLeastCost, around - recording);
    const double overhead = std::min(100.0, percent_of(gain, own_busy));
    Finding finding;
    finding.detector = "await-churn";
    finding.site = group.site;
    finding.count = sums.finished;
    finding.first = trace.begin;
    finding.last = trace.end;
    finding.price = static_cast<double>(gain) / 1e9;
    finding.title = fmt::format("{} coroutines that never wait, {} a second of busy time, take {} of it",
                                count_text(sums.finished), count_text(static_cast<std::uint64_t>(rate)),
                                percent_text(share / 100));
    finding.evidence = {{"tasks", count, "tasks"},
                        {"rate", rate, "1/s"},
                        {"mean_run", mean_run_us, "us"},
                        {"mean_life", mean_life_us, "us"},
                        {"busy_time_share", share, "%"},
                        {"recording_share", std::min(100.0, percent_of(recording, busy)), "%"},
                        {"around_their_run", to_ms(around), "ms"},
                        {"possible_gain", to_ms(gain), "ms"},
                        {"overhead_share", overhead, "%"}};
    for (model::TaskIndex task = 0; task < trace.tasks.size() && finding.tasks.size() < kMaxExamples;
         ++task) {
      if (groups.of(trace.tasks.site(task)) == at) finding.tasks.push_back(task);
    }
    if (overhead >= limits.churn_overhead) {
      finding.severity = Severity::warning;
      finding.advice =
          "Make it a plain function that returns its value, or have one coroutine do a batch: what never "
          "waits needs no "
          "frame, no suspension and no resumption of its own.";
    } else {
      finding.advice =
          "Nearly all of this is their own work, or what recording them costs: as plain functions, or one "
          "coroutine for a "
          "batch, they would take little less.";
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace loopscope::detect
