// unhandled-failure: coroutines that failed while nobody awaited them, nor afterwards. Callbacks are handed their errors and
// are not looked at. What a promise does with an exception the trace does not tell, so that all but what is provably
// thrown away is a candidate. Price: the time that went into what failed.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/coroutines.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/site_groups.h"

namespace loopscope::detect {
namespace {

using model::TaskIndex;

enum class Fate : std::uint8_t {
  unobserved,
  observed,     // somebody awaited it then, or later
  thrown_away,  // the library that awaited it for nobody drops its error
};

struct Failed {
  TaskIndex task = model::kNoTask;
  Fate fate = Fate::unobserved;
};

struct Place {
  std::vector<Failed> lost;
  std::uint64_t observed = 0;
  bool yields = false;  // a generator hands its exception to whoever asks for the next element
  bool awaits_asio = false;
  bool awaits_others = false;
};

// Asio's coroutine around the program's own that co_spawn() was given with asio::detached, whose handler drops the error.
bool is_detached_entry(const model::Site& site) {
  if (!site.is(model::kInternal)) return false;
  return std::any_of(site.stack.begin(), site.stack.end(), [](const model::Frame& frame) {
    return frame.function.find("detached_handler") != std::string::npos ||
           frame.function.find("detached_t") != std::string::npos;
  });
}

// By the type that is awaited, which is what an await is called. An asio::awaitable awaits nothing else.
bool is_asios(const model::Site& await) { return await.name.find("asio::") != std::string::npos; }

class Failures {
 public:
  Failures(const model::Trace& trace, const SiteGroups& groups)
      : trace_(trace), groups_(groups), places_(groups.size()) {
    std::vector<bool> failing(trace.sites.size());
    for (model::SiteIndex site = 0; site < trace.sites.size(); ++site) {
      const model::Site& at = trace.sites[site];
      failing[site] = at.kind == kCoroutine && at.failed > 0 && !at.is(model::kInternal);
    }
    for (TaskIndex task = 0; task < trace.tasks.size(); ++task) {
      const model::SiteIndex site = trace.tasks.site(task);
      if (site < failing.size() && failing[site] && trace.tasks.outcome(task) == model::Outcome::error)
        failed_.push_back({task, Fate::unobserved});
    }
    if (failed_.empty()) return;
    has_asio_ = std::any_of(trace.sites.begin(), trace.sites.end(), is_asios);
    for (const model::Edge& edge : trace.edges) {
      if (edge.kind == model::Edge::Kind::await) look_at(edge);
    }
    for (const Failed& one : failed_) {
      Place& place = places_[groups.of(trace.tasks.site(one.task))];
      if (one.fate == Fate::observed) {
        ++place.observed;
      } else {
        place.lost.push_back(one);
      }
    }
  }

  bool empty() const { return failed_.empty(); }
  const std::vector<Place>& places() const { return places_; }
  // co_spawn() of a later Asio is not recorded as who awaits: what a handler was told, nobody saw.
  bool may_be_spawned(const Place& place) const {
    return has_asio_ && (place.awaits_asio || !place.awaits_others);
  }

 private:
  void look_at(const model::Edge& edge) {
    const model::TaskTable& tasks = trace_.tasks;
    if (edge.site < trace_.sites.size() && edge.from < tasks.size()) {
      Place& from = places_[groups_.of(tasks.site(edge.from))];
      const model::Site& await = trace_.sites[edge.site];
      from.yields |= await.name == "co_yield";
      (is_asios(await) ? from.awaits_asio : from.awaits_others) = true;
    }
    if (edge.to == model::kNoTask) return;
    const auto found = std::lower_bound(failed_.begin(), failed_.end(), edge.to,
                                        [](const Failed& one, TaskIndex task) { return one.task < task; });
    if (found == failed_.end() || found->task != edge.to || found->fate == Fate::observed) return;
    const Time failed = tasks.finished(edge.to);
    if (edge.end < failed) return;  // given up before
    if (edge.from < tasks.size()) {
      if (edge.end == kNever && tasks.finished(edge.from) < failed) return;  // the waiter was gone
      const model::SiteIndex site = tasks.site(edge.from);
      if (site < trace_.sites.size() && is_detached(site)) {
        found->fate = Fate::thrown_away;
        return;
      }
    }
    found->fate = Fate::observed;
  }
  bool is_detached(model::SiteIndex site) {
    const auto [known, is_new] = detached_.try_emplace(site, false);
    if (is_new) known->second = is_detached_entry(trace_.sites[site]);
    return known->second;
  }

  const model::Trace& trace_;
  const SiteGroups& groups_;
  std::vector<Failed> failed_;  // by task
  std::vector<Place> places_;
  bool has_asio_ = false;
  std::map<model::SiteIndex, bool> detached_;
};

// Of those that are known: the first ones of the trace.
std::string text_of(const model::Trace& trace, TaskIndex task) {
  const auto known = std::find_if(trace.failures.begin(), trace.failures.end(),
                                  [task](const model::Failure& failure) { return failure.task == task; });
  if (known == trace.failures.end()) return "";
  if (!known->text.empty()) return known->text;
  return known->code != 0 ? fmt::format("error {}", known->code) : "";
}

// "std::runtime_error (17), app::Timeout (6)", the most frequent first.
std::string texts_of(const model::Trace& trace, const std::vector<Failed>& lost) {
  std::map<std::string, std::uint64_t> count;
  for (const model::Failure& failure : trace.failures) {
    const bool is_one = std::binary_search(lost.begin(), lost.end(), Failed{failure.task},
                                           [](const Failed& a, const Failed& b) { return a.task < b.task; });
    if (is_one && !failure.text.empty()) ++count[failure.text];
  }
  std::vector<std::pair<std::string, std::uint64_t>> most(count.begin(), count.end());
  std::stable_sort(most.begin(), most.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string texts;
  for (std::size_t i = 0; i < most.size() && i < 3; ++i) {
    texts += fmt::format("{}{}", texts.empty() ? "" : ", ", printable_text(most[i].first));
    if (most.size() > 1) texts += fmt::format(" ({})", count_text(most[i].second));
  }
  if (most.size() > 3) texts += fmt::format(" and {} more", most.size() - 3);
  return texts;
}

// Whoever started it from outside of any task, or from a callback in which it still ran, may have asked it for its result.
bool may_be_asked(const model::Trace& trace, TaskIndex task) {
  const TaskIndex parent = trace.tasks.parent(task);
  if (parent >= trace.tasks.size()) return true;
  return !is_coroutine(trace, parent) && trace.tasks.spans(task) < 2;
}

Finding finding_of(const model::Trace& trace, const Limits& limits, const SiteGroup& group,
                   const Place& place, bool may_be_spawned) {
  const model::TaskTable& tasks = trace.tasks;
  Finding finding;
  finding.detector = "unhandled-failure";
  finding.site = group.site;
  finding.count = place.lost.size();
  finding.first = kNever;
  Nanos lasted = 0;
  std::uint64_t thrown_away = 0;
  std::uint64_t may_be = 0;
  for (const Failed& one : place.lost) {
    finding.first = std::min(finding.first, tasks.finished(one.task));
    finding.last = std::max(finding.last, tasks.finished(one.task));
    lasted = add_saturating(lasted, elapsed(tasks.created(one.task), tasks.finished(one.task)));
    thrown_away += one.fate == Fate::thrown_away;
    may_be += one.fate == Fate::unobserved && (may_be_spawned || may_be_asked(trace, one.task));
    if (finding.tasks.size() < kMaxExamples) finding.tasks.push_back(one.task);
    if (finding.members.size() < kMaxMembers) {
      const std::string text = text_of(trace, one.task);
      finding.members.push_back({one.task, text.empty() ? "failed" : "failed: " + printable_text(text),
                                 tasks.finished(one.task),
                                 elapsed(tasks.created(one.task), tasks.finished(one.task))});
    }
  }
  std::stable_sort(finding.members.begin(), finding.members.end(),
                   [](const Member& a, const Member& b) { return a.at < b.at; });
  finding.members_title = "Each failed, and nobody awaited it";
  finding.price = static_cast<double>(lasted) / 1e9;
  const std::string texts = texts_of(trace, place.lost);
  finding.title =
      fmt::format("{} of {} coroutines failed and nobody awaited them{}{}", count_text(finding.count),
                  count_text(group.created), texts.empty() ? "" : ": ", texts);

  const double share = static_cast<double>(finding.count) /
                       static_cast<double>(std::max<std::uint64_t>(group.finished, 1)) * 100;
  finding.evidence = {{"unhandled", static_cast<double>(finding.count), "tasks"},
                      {"created", static_cast<double>(group.created), "tasks"},
                      {"awaited_failures", static_cast<double>(place.observed), "tasks"},
                      {"share", share, "%"},
                      {"lasted_together", to_ms(lasted), "ms"}};
  if (thrown_away > 0) finding.evidence.push_back({"thrown_away", static_cast<double>(thrown_away), "tasks"});

  const std::uint64_t clear = finding.count - may_be;
  const model::Integrity& integrity = trace.integrity;
  const bool maybe_lost = integrity.lost_events >= finding.count || integrity.damaged_packets > 0 ||
                          integrity.missing_packets > 0;
  finding.candidate = thrown_away < finding.count;
  if (maybe_lost) {
    finding.candidate = true;
    finding.evidence.push_back({"lost_events", static_cast<double>(integrity.lost_events), "events"});
    finding.advice =
        "Not enough evidence: events were lost, and who awaited these coroutines may be among them. Record "
        "again with "
        "a larger ring.";
    return finding;
  }
  if (static_cast<double>(clear) >= limits.unhandled_failures && share >= limits.unhandled_share)
    finding.severity = Severity::warning;
  if (thrown_away == finding.count) {
    finding.advice =
        "asio::detached throws the exception away: give co_spawn a handler that takes a std::exception_ptr, "
        "or await "
        "the coroutine.";
  } else if (clear == 0 && may_be_spawned) {
    finding.advice =
        "A handler given to co_spawn may have been told; asio::detached throws the exception away. The trace "
        "cannot tell "
        "which: give co_spawn a handler that takes a std::exception_ptr.";
  } else if (clear == 0) {
    finding.advice =
        "They were started outside of any coroutine, which may have asked them for their result: the trace "
        "cannot "
        "tell. See that somebody looks at it.";
  } else {
    finding.advice =
        "Await them, or have their promise's unhandled_exception() report what it catches; if it does so "
        "already, "
        "nothing is lost.";
  }
  return finding;
}

}  // namespace

std::vector<Finding> unhandled_failure(const model::Trace& trace, const Limits& limits) {
  const bool any = std::any_of(trace.sites.begin(), trace.sites.end(), [](const model::Site& site) {
    return site.kind == kCoroutine && site.failed > 0 && !site.is(model::kInternal);
  });
  if (!any) return {};
  if (trace.streamed()) {
    Finding finding;
    finding.detector = "unhandled-failure";
    finding.title = "Coroutines failed; whether anybody awaited them is not known";
    finding.candidate = true;
    for (const model::Site& site : trace.sites) {
      if (site.kind == kCoroutine && !site.is(model::kInternal)) finding.count += site.failed;
    }
    finding.evidence = {{"failed", static_cast<double>(finding.count), "tasks"}};
    finding.advice =
        "Not enough evidence: the trace was read as a stream, which forgets who awaited whom. Record a "
        "shorter one.";
    return {finding};
  }
  const SiteGroups groups(trace);
  const Failures failures(trace, groups);
  if (failures.empty()) return {};
  std::vector<Finding> findings;
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    const Place& place = failures.places()[group];
    if (place.lost.empty() || place.yields || !groups[group].judged) continue;
    if (groups[group].site < trace.sites.size())
      findings.push_back(finding_of(trace, limits, groups[group], place, failures.may_be_spawned(place)));
  }
  return findings;
}

}  // namespace loopscope::detect
