#include "viewer/detect/request_paths.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_set>

#include "viewer/detect/blame.h"
#include "viewer/detect/place.h"

namespace loopscope::detect {
namespace {

using Key = std::tuple<Spent, std::string, std::string, std::string>;

void sum_up(const model::Trace& trace, const std::vector<CriticalPath>& paths, RequestPaths& all) {
  std::map<Key, SpentAt> places;
  for (const CriticalPath& path : paths) {
    ++all.summed;
    all.latency = add_saturating(all.latency, path.times.latency());
    for (std::size_t at = 0; at < kWaysToSpend; ++at)
      all.spent[at] = add_saturating(all.spent[at], path.spent[at]);
    std::unordered_set<const SpentAt*> met;
    for (const PathSegment& segment : path.segments) {
      const model::Frame frame = place_of(trace, segment);
      std::string what = waits_for(trace, segment);
      SpentAt& place = places[{segment.spent, what, function_text(frame), position_text(frame)}];
      place.spent = segment.spent;
      place.waits_for = std::move(what);
      place.at = frame;
      place.time = add_saturating(place.time, segment.duration());
      place.requests += met.insert(&place).second;
    }
  }
  for (auto& [key, place] : places) all.places.push_back(std::move(place));
  std::stable_sort(all.places.begin(), all.places.end(),
                   [](const SpentAt& a, const SpentAt& b) { return a.time > b.time; });
}

}  // namespace

model::Frame place_of(const model::Trace& trace, const PathSegment& segment) {
  if (segment.stall < trace.stalls.size()) {
    const model::Stall& stall = trace.stalls[segment.stall];
    std::vector<const model::StallSample*> samples;
    for (const model::StallSample& sample : stall.samples) samples.push_back(&sample);
    const Blame blame = blame_of(samples);
    if (!blame.stack.empty()) return blame.stack.front();
    // Nobody looked: at least whose it was.
    if (stall.task < trace.tasks.size() && trace.tasks.site(stall.task) < trace.sites.size()) {
      const model::Frame* const frame = shown_frame(trace.sites[trace.tasks.site(stall.task)]);
      if (frame != nullptr) return *frame;
    }
    if (segment.spent == Spent::held_up) return {};
  }
  model::Frame place;
  if (segment.task >= trace.tasks.size()) return place;
  const model::SiteIndex own = trace.tasks.site(segment.task);
  if (own < trace.sites.size()) {
    if (const model::Frame* const frame = shown_frame(trace.sites[own])) place = *frame;
  }
  if (segment.site == own || segment.site == model::kNoSite || segment.site >= trace.sites.size())
    return place;
  // The task's function, at the line of its await.
  const model::Site& await = trace.sites[segment.site];
  if (await.stack.empty() || await.stack.front().line == 0) return place;
  place.file = await.stack.front().file;
  place.line = await.stack.front().line;
  if (place.function.empty()) place.function = await.stack.front().function;
  return place;
}

std::string waits_for(const model::Trace& trace, const PathSegment& segment) {
  if (segment.spent != Spent::waiting || segment.site >= trace.sites.size()) return "";
  const model::Site& site = trace.sites[segment.site];
  return site.kind == "await" && !site.name.empty() ? site.name : site.kind;
}

RequestPaths request_paths(const model::Trace& trace, std::string_view key, std::string_view value) {
  RequestPaths all;
  all.key = key;
  all.value = value;
  const Contexts contexts(trace, key);
  const std::vector<RequestTimes> times = request_times(trace, contexts);
  std::vector<std::uint32_t> chosen;
  std::vector<std::uint32_t> unfinished;
  for (std::uint32_t at = 0; at < times.size(); ++at) {
    if (contexts.values()[contexts.requests()[at].value] != value) continue;
    ++all.requests;
    all.finished += times[at].finished;
    (times[at].finished ? chosen : unfinished).push_back(at);
  }
  if (chosen.empty()) chosen = std::move(unfinished);
  if (chosen.empty()) return all;
  std::stable_sort(chosen.begin(), chosen.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return times[a].latency() < times[b].latency(); });
  std::vector<std::uint32_t> spread;
  const std::size_t count = std::min(chosen.size(), RequestPaths::kMostSummed);
  for (std::size_t at = 1; at <= count; ++at) spread.push_back(chosen[at * chosen.size() / count - 1]);
  std::vector<CriticalPath> paths = critical_paths(trace, contexts, spread);
  sum_up(trace, paths, all);
  if (paths.size() > 1) all.usual = paths[(paths.size() - 1) / 2];
  all.slowest = std::move(paths.back());
  return all;
}

RequestPaths task_paths(const model::Trace& trace, model::TaskIndex task) {
  RequestPaths all;
  CriticalPath path = critical_path(trace, task);
  if (path.task == model::kNoTask) return all;
  all.requests = 1;
  all.finished = path.times.finished;
  std::vector<CriticalPath> paths{std::move(path)};
  sum_up(trace, paths, all);
  all.slowest = std::move(paths.front());
  return all;
}

}  // namespace loopscope::detect
