// ignored-cancellation: tasks that went on after somebody asked them to stop. Only where the program's own code decides
// whether it stops: work on a thread pool, coroutines, tasks of the program's own kinds. An operation that a library ends
// late (a name lookup, or any while the loop is held) is nobody's fault here. Price: for how long they went on.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/coroutines.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/place.h"
#include "viewer/detect/site_groups.h"

namespace loopscope::detect {
namespace {

using model::TaskIndex;

struct Asked {
  TaskIndex task = model::kNoTask;
  TaskIndex asker = model::kNoTask;
  Time at = 0;
  Nanos went_on = 0;  // until it finished, or the trace did
  Nanos ran = 0;      // of its spans, behind the request
  std::uint64_t awaited = 0;
};

struct Place {
  std::uint64_t asked = 0;
  std::vector<Asked> ignored;
};

// An operation of a library's: it ends it at once, or nobody can. Work on libuv's pool is the program's own.
bool is_operation(std::string_view kind) {
  if (kind.starts_with("uv_")) return kind != "uv_work";
  return kind.find("async_") != std::string_view::npos || kind.find('.') != std::string_view::npos ||
         kind.starts_with("event") || kind.starts_with("io_uring_");
}

bool is_looked_at(const model::Trace& trace, TaskIndex task) {
  if (task >= trace.tasks.size()) return false;
  const model::SiteIndex index = trace.tasks.site(task);
  if (index >= trace.sites.size()) return false;
  const model::Site& site = trace.sites[index];
  constexpr std::uint32_t kNot =
      model::kInternal | model::kTeardown | model::kSubscription | model::kSynchronous;
  return (site.flags & kNot) == 0 && !is_operation(site.kind);
}

// The first request to each task, by task.
std::vector<Asked> requests(const model::Trace& trace) {
  std::vector<Asked> asked;
  for (const model::Edge& edge : trace.edges) {
    if (edge.kind != model::Edge::Kind::cancel || !is_looked_at(trace, edge.to)) continue;
    if (edge.begin > trace.tasks.finished(edge.to)) continue;
    const Time end = std::min(trace.tasks.finished(edge.to), trace.end);
    asked.push_back({edge.to, edge.from, edge.begin, elapsed(edge.begin, end)});
  }
  std::stable_sort(asked.begin(), asked.end(), [](const Asked& a, const Asked& b) {
    return a.task != b.task ? a.task < b.task : a.at < b.at;
  });
  asked.erase(std::unique(asked.begin(), asked.end(),
                          [](const Asked& a, const Asked& b) { return a.task == b.task; }),
              asked.end());
  return asked;
}

Asked* find(std::vector<Asked>& asked, TaskIndex task) {
  const auto found = std::lower_bound(asked.begin(), asked.end(), task,
                                      [](const Asked& one, TaskIndex number) { return one.task < number; });
  return found != asked.end() && found->task == task ? &*found : nullptr;
}

void add_what_they_did(const model::Trace& trace, std::vector<Asked>& asked) {
  for (const model::Span& span : trace.longest_spans) {
    if (Asked* const one = find(asked, span.task))
      one->ran = add_saturating(
          one->ran, elapsed(std::max(span.begin, one->at), add_saturating(span.begin, span.duration)));
  }
  for (const model::Edge& edge : trace.edges) {
    if (edge.kind != model::Edge::Kind::await) continue;
    if (Asked* const one = find(asked, edge.from)) one->awaited += edge.begin > one->at;
  }
}

// For longer than the limit, and by doing something of its own: what only waits for its loop to come round does not.
bool is_ignored(const model::Trace& trace, const Limits& limits, const Asked& one) {
  const Nanos limit = from_ms(limits.cancel_ms);
  if (one.went_on <= limit) return false;
  if (one.ran > limit / 2) return true;
  // It knew by then; how long its end took is its loop's.
  if (trace.tasks.outcome(one.task) == model::Outcome::cancelled) return false;
  return one.awaited > 0 || trace.tasks.pending(one.task);
}

std::string advice_for(std::string_view kind) {
  if (kind == "uv_work") {
    return "uv_cancel() fails with UV_EBUSY once the work runs: have the work look at a flag of its own "
           "between its "
           "steps, or cut it into pieces that can be cancelled while they queue.";
  }
  if (kind == kCoroutine) {
    return "Look at the stop token behind each co_await and in long loops, and hand it down to what is "
           "awaited, so "
           "that those waits end as well.";
  }
  return "Look at the request between steps, and hand it down to what the task itself has started.";
}

Finding finding_of(const model::Trace& trace, const Limits& limits, const SiteGroup& group, Place place) {
  const model::Site& site = trace.sites[group.site];
  Finding finding;
  finding.detector = "ignored-cancellation";
  finding.site = group.site;
  finding.count = place.ignored.size();
  finding.first = kNever;
  Nanos longest = 0;
  Nanos together = 0;
  Nanos ran = 0;
  std::uint64_t never = 0;
  for (const Asked& one : place.ignored) {
    finding.first = std::min(finding.first, one.at);
    finding.last = std::max(finding.last, one.at);
    longest = std::max(longest, one.went_on);
    together = add_saturating(together, one.went_on);
    ran = add_saturating(ran, one.ran);
    never += trace.tasks.pending(one.task);
  }
  finding.price = static_cast<double>(together) / 1e9;
  finding.title = fmt::format("{} of {} {} tasks that were asked to stop went on, for up to {}",
                              count_text(finding.count), count_text(place.asked),
                              site.kind.empty() ? "unknown" : site.kind, duration_text(longest));
  finding.evidence = {{"went_on", static_cast<double>(finding.count), "tasks"},
                      {"asked_to_stop", static_cast<double>(place.asked), "tasks"},
                      {"never_finished", static_cast<double>(never), "tasks"},
                      {"longest", to_ms(longest), "ms"},
                      {"together", to_ms(together), "ms"},
                      {"ran_meanwhile", to_ms(ran), "ms"}};

  std::sort(place.ignored.begin(), place.ignored.end(), [](const Asked& a, const Asked& b) {
    return a.went_on != b.went_on ? a.went_on > b.went_on : a.task < b.task;
  });
  for (std::size_t i = 0; i < place.ignored.size() && i < kMaxExamples; ++i)
    finding.tasks.push_back(place.ignored[i].task);
  std::sort(place.ignored.begin(), place.ignored.end(),
            [](const Asked& a, const Asked& b) { return a.at != b.at ? a.at < b.at : a.task < b.task; });
  finding.members_title = "Each was asked to stop then, and went on";
  for (const Asked& one : place.ignored) {
    if (finding.members.size() == kMaxMembers) break;
    std::string fate = trace.tasks.pending(one.task) ? "never finished" : "ran on";
    if (one.asker < trace.tasks.size() && trace.tasks.site(one.asker) < trace.sites.size())
      fate += ", asked by " + place_text(trace.sites[trace.tasks.site(one.asker)]);
    finding.members.push_back({one.task, fate, one.at, one.went_on});
  }

  const model::Integrity& integrity = trace.integrity;
  const double share = static_cast<double>(finding.count) / static_cast<double>(place.asked) * 100;
  if (never > 0 &&
      (integrity.lost_events >= never || integrity.damaged_packets > 0 || integrity.missing_packets > 0)) {
    finding.candidate = true;
    finding.evidence.push_back({"lost_events", static_cast<double>(integrity.lost_events), "events"});
    finding.advice =
        "Not enough evidence: events were lost, and these tasks may have finished among them. Record again "
        "with a larger ring.";
  } else if (static_cast<double>(finding.count) < limits.cancel_tasks || share < limits.cancel_share) {
    finding.advice =
        fmt::format("Not enough evidence: {} may have been past the point where it could stop. {}",
                    finding.count == 1 ? "a single task" : "so few of them", advice_for(site.kind));
  } else {
    finding.severity = Severity::warning;
    finding.advice = advice_for(site.kind);
  }
  return finding;
}

}  // namespace

std::vector<Finding> ignored_cancellation(const model::Trace& trace, const Limits& limits) {
  std::vector<Asked> asked = requests(trace);
  if (asked.empty()) return {};
  add_what_they_did(trace, asked);
  const SiteGroups groups(trace);
  std::vector<Place> places(groups.size());
  for (const Asked& one : asked) {
    Place& place = places[groups.of(trace.tasks.site(one.task))];
    ++place.asked;
    if (is_ignored(trace, limits, one)) place.ignored.push_back(one);
  }
  std::vector<Finding> findings;
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    if (places[group].ignored.empty() || groups[group].site >= trace.sites.size()) continue;
    findings.push_back(finding_of(trace, limits, groups[group], std::move(places[group])));
  }
  return findings;
}

}  // namespace loopscope::detect
