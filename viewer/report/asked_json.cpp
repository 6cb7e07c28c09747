#include "viewer/report/asked_json.h"

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

#include "viewer/detect/place.h"
#include "viewer/report/path_words.h"

namespace loopscope::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostPlaces = 100;

Json frame_json(const model::Frame& frame) {
  const bool known = !frame.function.empty() || !frame.module.empty() || frame.address != 0;
  return {
      {"function", known ? detect::function_text(frame) : ""}, {"file", frame.file}, {"line", frame.line}};
}

Json task_json(const model::Trace& trace, model::TaskIndex task) {
  Json json{{"id", 0}, {"kind", ""}};
  if (task >= trace.tasks.size()) return json;
  json["id"] = trace.tasks.id(task);
  const model::SiteIndex site = trace.tasks.site(task);
  if (site < trace.sites.size()) {
    json["kind"] = trace.sites[site].kind;
    const model::Frame* const frame = detect::shown_frame(trace.sites[site]);
    json.update(frame_json(frame == nullptr ? model::Frame{} : *frame));
  }
  return json;
}

Json costs_json(const detect::ContextCosts& costs) {
  Json rows = Json::array();
  for (const detect::ContextCost& cost : costs.rows) {
    Json waits = Json::array();
    for (const detect::WaitOfKind& wait : cost.waits)
      waits.push_back({{"kind", wait.kind}, {"waits", wait.waits}, {"total_ms", to_ms(wait.time)}});
    rows.push_back(
        {{"value", cost.rest ? Json(nullptr) : Json(cost.value)},
         {"requests", cost.requests},
         {"unfinished", cost.unfinished},
         {"failed", cost.failed},
         {"tasks", cost.tasks},
         {"latency_ms", {{"p50", to_ms(cost.p50)}, {"p99", to_ms(cost.p99)}, {"max", to_ms(cost.max)}}},
         {"total_ms", to_ms(cost.total)},
         {"blocked_ms", to_ms(cost.blocked)},
         {"held_up_ms", to_ms(cost.held_up)},
         {"waits", std::move(waits)}});
  }
  return {{"key", costs.key}, {"values", costs.values}, {"rows", std::move(rows)}};
}

Json spent_json(const std::array<Nanos, detect::kWaysToSpend>& spent) {
  Json json = Json::object();
  for (std::size_t at = 0; at < spent.size(); ++at)
    json[spent_key(static_cast<detect::Spent>(at))] = to_ms(spent[at]);
  return json;
}

Json path_json(const model::Trace& trace, const detect::CriticalPath& path) {
  if (path.task == model::kNoTask) return nullptr;
  Json segments = Json::array();
  for (const detect::PathSegment& segment : path.segments) {
    Json one{{"start_ms", to_ms(subtract_saturating(segment.from, path.times.begin))},
             {"duration_ms", to_ms(segment.duration())},
             {"spent", spent_key(segment.spent)},
             {"waits_for", detect::waits_for(trace, segment)},
             {"task", segment.task < trace.tasks.size() ? trace.tasks.id(segment.task) : 0},
             {"depth", segment.depth}};
    one.update(frame_json(detect::place_of(trace, segment)));
    const bool stalled = segment.stall < trace.stalls.size();
    one["stall_ms"] = stalled ? Json(to_ms(trace.stalls[segment.stall].duration)) : Json(nullptr);
    const model::TaskIndex by = stalled ? trace.stalls[segment.stall].task : model::kNoTask;
    one["held_up_by"] =
        segment.spent == detect::Spent::held_up && by < trace.tasks.size() ? trace.tasks.id(by) : 0;
    segments.push_back(std::move(one));
  }
  Json json = task_json(trace, path.task);
  const std::optional<std::uint64_t> bytes =
      path.task < trace.tasks.size() ? trace.tasks.bytes(path.task) : std::nullopt;
  json.update({{"bytes", bytes ? Json(*bytes) : Json(nullptr)},
               {"start_ms", to_ms(path.times.begin)},
               {"latency_ms", to_ms(path.times.latency())},
               {"finished", path.times.finished},
               {"failed", path.times.failed},
               {"ended_by", path.times.last < trace.tasks.size() ? trace.tasks.id(path.times.last) : 0},
               {"spent_ms", spent_json(path.spent)},
               {"cut", path.cut},
               {"segments", std::move(segments)}});
  return json;
}

Json paths_json(const model::Trace& trace, const detect::RequestPaths& paths) {
  Json places = Json::array();
  for (std::size_t at = 0; at < std::min(paths.places.size(), kMostPlaces); ++at) {
    const detect::SpentAt& place = paths.places[at];
    Json one{{"spent", spent_key(place.spent)},
             {"waits_for", place.waits_for},
             {"total_ms", to_ms(place.time)},
             {"requests", place.requests}};
    one.update(frame_json(place.at));
    places.push_back(std::move(one));
  }
  return {{"key", paths.key},
          {"value", paths.value},
          {"requests", paths.requests},
          {"finished", paths.finished},
          {"summed", paths.summed},
          {"latency_ms", to_ms(paths.latency)},
          {"spent_ms", spent_json(paths.spent)},
          {"places", std::move(places)},
          {"usual", path_json(trace, paths.usual)},
          {"slowest", path_json(trace, paths.slowest)}};
}

}  // namespace

void add_asked(Json& json, const Contents& contents) {
  if (contents.asked == nullptr) return;
  const Asked& asked = *contents.asked;
  if (asked.by) json["by"] = costs_json(*asked.by);
  if (asked.task) json["task_path"] = paths_json(contents.trace, *asked.task);
  if (asked.context) json["context_path"] = paths_json(contents.trace, *asked.context);
}

}  // namespace loopscope::report
