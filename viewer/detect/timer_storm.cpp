// timer-storm: loops that go round without waiting and find nothing, for a good part of their time, because an idle handle
// or a timer of no time keeps them awake. A loop with real work in each tick is none: neither one whose ticks take long,
// nor one in which other tasks than timers run.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/loops.h"
#include "viewer/detect/operations.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/place.h"
#include "viewer/detect/site_groups.h"

namespace loopscope::detect {
namespace {

// Tasks of a place whose parents are looked at: more change no answer.
constexpr std::size_t kMostLookedAt = 10'000;

struct Spinning {
  double slices = 0;
  Nanos time = 0;
  Nanos busy = 0;
  std::uint64_t polls = 0;
  std::size_t first = 0, last = 0;  // slices
};

// A slice counts by what it and its neighbours did, this far to both sides: a thread that loses its processor for a moment
// spins in bursts.
constexpr Nanos kNearby = 50 * kMillisecond;

Spinning spinning_of(const model::Loop& loop, double slice_ns, const Limits& limits) {
  Spinning spinning;
  const std::size_t slices = std::min(loop.empty_polls_by_slice.size(), loop.busy_by_slice.size());
  const double reach = slice_ns > 0 ? static_cast<double>(kNearby) / slice_ns : 0;
  const auto nearby = static_cast<std::size_t>(std::min(reach, static_cast<double>(slices)));
  std::vector<double> polls(slices + 1);  // up to each slice
  std::vector<double> busy(slices + 1);
  for (std::size_t i = 0; i < slices; ++i) {
    polls[i + 1] = polls[i] + static_cast<double>(loop.empty_polls_by_slice[i]);
    busy[i + 1] = busy[i] + static_cast<double>(loop.busy_by_slice[i]);
  }
  for (std::size_t i = 0; i < slices; ++i) {
    const std::size_t from = i - std::min(i, nearby);
    const std::size_t to = std::min(i + nearby + 1, slices);
    const double polled = polls[to] - polls[from];
    if (polled < limits.storm_rate * slice_ns * static_cast<double>(to - from) / 1e9 || polled < 1) continue;
    if (busy[to] - busy[from] > polled * limits.storm_tick_us * 1e3) continue;
    if (spinning.slices == 0) spinning.first = i;
    spinning.last = i;
    spinning.slices += 1;
    spinning.polls += loop.empty_polls_by_slice[i];
    spinning.busy = add_saturating(spinning.busy, loop.busy_by_slice[i]);
  }
  spinning.time = static_cast<Nanos>(spinning.slices * slice_ns);
  return spinning;
}

bool is_timer(const model::Site& site) {
  return !site.is(model::kSubscription) && operation_of(site.kind) == Operation::timer;
}

bool is_idler(const model::Site& site) {
  return site.is(model::kSubscription) && site.kind.find("idle") != std::string::npos;
}

struct Place {
  std::uint32_t group = 0;
  std::uint64_t spans = 0;
};

// Places whose callbacks run at least `least` times, most first.
std::vector<Place> places_that_run(const model::Trace& trace, const SiteGroups& groups, double least) {
  std::vector<Place> places;
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    if (groups[group].site >= trace.sites.size()) continue;
    std::uint64_t spans = 0;
    for (const model::SiteIndex site : groups[group].members) spans += trace.sites[site].spans;
    if (static_cast<double>(spans) >= least && spans > 0) places.push_back({group, spans});
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& a, const Place& b) { return a.spans > b.spans; });
  return places;
}

struct Family {
  double by_own_kind = 0;  // %: tasks of the place that a timer of the same kind started
  bool known = false;
  std::vector<model::TaskIndex> tasks;  // the first ones
};

Family family_of(const model::Trace& trace, const SiteGroups& groups, std::uint32_t group) {
  Family family;
  const model::TaskTable& tasks = trace.tasks;
  const std::string& kind = trace.sites[groups[group].site].kind;
  std::size_t seen = 0;
  std::size_t own = 0;
  for (model::TaskIndex task = 0; task < tasks.size() && seen < kMostLookedAt; ++task) {
    if (groups.of(tasks.site(task)) != group) continue;
    ++seen;
    if (family.tasks.size() < kMaxExamples) family.tasks.push_back(task);
    const model::TaskIndex parent = tasks.parent(task);
    if (parent >= tasks.size() || tasks.site(parent) >= trace.sites.size()) continue;
    own += trace.sites[tasks.site(parent)].kind == kind;
  }
  // A stream has forgotten those that finished.
  family.known = seen > 0 && !trace.streamed();
  if (seen > 0) family.by_own_kind = 100 * static_cast<double>(own) / static_cast<double>(seen);
  return family;
}

bool starts_itself(const Family& family) { return family.by_own_kind >= 50; }

bool is_of_no_time(const SiteGroup& group, const Limits& limits) {
  return group.finished > 0 && group.lifetime_p50 <= from_ms(limits.storm_timer_ms);
}

// Who keeps a loop awake.
struct Keeper {
  enum class Who { nobody_known, idle_handle, timer, work };
  Who who = Who::nobody_known;
  Place place;
  Family family;
};

Keeper keeper_of(const model::Trace& trace, const SiteGroups& groups, std::uint64_t polls,
                 const Limits& limits) {
  Keeper keeper;
  const std::vector<Place> places = places_that_run(trace, groups, static_cast<double>(polls) / 2);
  // Whatever else runs in each round, prepare and check handles: with an idle handle there would be rounds without them.
  for (const Place& place : places) {
    if (is_idler(trace.sites[groups[place.group].site])) {
      keeper = {Keeper::Who::idle_handle, place, family_of(trace, groups, place.group)};
      return keeper;
    }
  }
  for (const Place& place : places) {
    const model::Site& site = trace.sites[groups[place.group].site];
    if (site.is(model::kSubscription)) continue;
    if (is_timer(site) && is_of_no_time(groups[place.group], limits)) {
      Family family = family_of(trace, groups, place.group);
      if (starts_itself(family) || !family.known) {
        keeper = {Keeper::Who::timer, place, std::move(family)};
        return keeper;
      }
    }
    keeper.who = Keeper::Who::work;
  }
  return keeper;
}

std::string advice_for(const Keeper& keeper, std::string_view kind) {
  switch (keeper.who) {
    case Keeper::Who::idle_handle:
      return "An active idle handle has the loop poll without waiting. Stop it (uv_idle_stop) as soon as "
             "there is nothing "
             "to do, and wake the loop with an async handle or a timer when there is.";
    case Keeper::Who::timer:
      return fmt::format(
          "Each {} starts the next one at no delay. Wait for what it looks for (a descriptor, an async "
          "handle, an "
          "awaitable event), or look less often.",
          kind);
    default:
      return "No recorded callback asks for it: the program itself polls with a zero timeout. That is a "
             "choice "
             "or a mistake; a processor is busy with it either way.";
  }
}

std::optional<Finding> spins(const model::Trace& trace, const SiteGroups& groups, model::LoopIndex index,
                             const Limits& limits) {
  const model::Loop& loop = trace.loops[index];
  if (loop.empty_polls == 0 || loop.empty_polls_by_slice.empty()) return {};
  const double slice_ns = static_cast<double>(elapsed(trace.begin, trace.end)) /
                          static_cast<double>(loop.empty_polls_by_slice.size());
  const Spinning spinning = spinning_of(loop, slice_ns, limits);
  const double ran_ns = static_cast<double>(std::max<Nanos>(elapsed(loop.first, loop.last), 1));
  const double share = std::min(100 * static_cast<double>(spinning.time) / ran_ns, 100.0);
  if (to_ms(spinning.time) < limits.storm_ms || share < limits.storm_share) return {};
  Keeper keeper = keeper_of(trace, groups, spinning.polls, limits);
  if (keeper.who == Keeper::Who::work) return {};

  const double seconds = static_cast<double>(spinning.time) / 1e9;
  Finding finding;
  finding.detector = "timer-storm";
  finding.loop = index;
  finding.severity = Severity::warning;
  finding.count = spinning.polls;
  finding.first = trace.begin + static_cast<Nanos>(slice_ns * static_cast<double>(spinning.first));
  finding.last = trace.begin + static_cast<Nanos>(slice_ns * static_cast<double>(spinning.last + 1));
  // Nobody waits for it; what it costs is a processor for that time.
  finding.price = seconds;
  finding.evidence = {
      {"empty_polls", static_cast<double>(loop.empty_polls), "polls"},
      {"empty_poll_rate", static_cast<double>(spinning.polls) / seconds, "1/s"},
      {"spinning", to_ms(spinning.time), "ms"},
      {"share_of_loop", share, "%"},
      {"busy_meanwhile",
       100 * static_cast<double>(spinning.busy) / static_cast<double>(std::max<Nanos>(spinning.time, 1)),
       "%"}};
  std::string kind;
  if (keeper.who == Keeper::Who::nobody_known) {
    // Where callbacks are not recorded, work may hide in them.
    finding.severity = Severity::info;
    finding.candidate = true;
    finding.title = fmt::format("{} spins: {:.0f} polls a second without a wait find nothing",
                                name_of_loop(loop), static_cast<double>(spinning.polls) / seconds);
  } else {
    const SiteGroup& group = groups[keeper.place.group];
    kind = trace.sites[group.site].kind;
    finding.site = group.site;
    finding.tasks = std::move(keeper.family.tasks);
    finding.title =
        fmt::format("{} spins for {}: {:.0f} empty polls a second, kept awake by {} of {}",
                    name_of_loop(loop), duration_text(spinning.time),
                    static_cast<double>(spinning.polls) / seconds, kind, place_text(trace.sites[group.site]));
    finding.evidence.push_back({"callbacks", static_cast<double>(keeper.place.spans), "spans"});
    if (keeper.who == Keeper::Who::timer) {
      finding.evidence.push_back({"started", static_cast<double>(group.created), "tasks"});
      finding.evidence.push_back({"lifetime_p50", to_ms(group.lifetime_p50), "ms"});
      if (keeper.family.known)
        finding.evidence.push_back({"started_by_their_own_kind", keeper.family.by_own_kind, "%"});
    }
  }
  finding.advice = advice_for(keeper, kind);
  return finding;
}

// Timers that start each other so fast that the loop hardly waits, where no poll shows it.
std::optional<Finding> starts_anew(const model::Trace& trace, const SiteGroups& groups, std::uint32_t index,
                                   const Limits& limits) {
  const SiteGroup& group = groups[index];
  if (group.site >= trace.sites.size() || !group.judged || !is_timer(trace.sites[group.site])) return {};
  const Nanos duration = elapsed(trace.begin, trace.end);
  const double seconds = static_cast<double>(duration) / 1e9;
  if (to_ms(duration) < limits.storm_ms || static_cast<double>(group.created) < limits.storm_rate * seconds)
    return {};
  if (!is_of_no_time(group, limits)) return {};
  Family family = family_of(trace, groups, index);
  if (!family.known || !starts_itself(family)) return {};
  Finding finding;
  finding.detector = "timer-storm";
  finding.severity = Severity::warning;
  finding.site = group.site;
  finding.count = group.created;
  finding.first = trace.begin;
  finding.last = trace.end;
  const double rate = static_cast<double>(group.created) / seconds;
  Nanos run = 0;
  for (const model::SiteIndex site : group.members) run = add_saturating(run, trace.sites[site].run_ns);
  finding.price = static_cast<double>(run) / 1e9;
  finding.title =
      fmt::format("{} tasks start themselves anew {:.0f} times a second", trace.sites[group.site].kind, rate);
  finding.evidence = {{"started", static_cast<double>(group.created), "tasks"},
                      {"start_rate", rate, "1/s"},
                      {"lifetime_p50", to_ms(group.lifetime_p50), "ms"},
                      {"started_by_their_own_kind", family.by_own_kind, "%"},
                      {"run_total", to_ms(run), "ms"}};
  finding.tasks = std::move(family.tasks);
  finding.advice =
      "Wait for what they look for (a descriptor, an async handle, an awaitable event), or look less often.";
  return finding;
}

}  // namespace

std::vector<Finding> timer_storm(const model::Trace& trace, const Limits& limits) {
  std::vector<Finding> findings;
  const SiteGroups groups(trace);
  for (model::LoopIndex index = 0; index < trace.loops.size(); ++index) {
    if (auto finding = spins(trace, groups, index, limits)) findings.push_back(std::move(*finding));
  }
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    const bool said = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
      return finding.site != model::kNoSite && groups.of(finding.site) == group;
    });
    if (said) continue;
    if (auto finding = starts_anew(trace, groups, group, limits)) findings.push_back(std::move(*finding));
  }
  return findings;
}

}  // namespace loopscope::detect
