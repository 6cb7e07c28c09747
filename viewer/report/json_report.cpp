#include "viewer/report/json_report.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <nlohmann/json.hpp>

#include "viewer/detect/await_chain.h"
#include "viewer/detect/place.h"
#include "viewer/report/asked_json.h"
#include "viewer/report/stall_facts.h"
#include "viewer/report/summary.h"
#include "viewer/report/task_text.h"

namespace loopscope::report {
namespace {

using Json = nlohmann::ordered_json;

// Raised when a name changes its meaning or goes away; new names do not raise it.
constexpr int kSchema = 1;

constexpr std::size_t kMostStalls = 100;
constexpr std::size_t kMostParents = 20;
constexpr std::size_t kMostChains = 100;

Json distribution(const Histogram& histogram) {
  return {{"p50", to_ms(histogram.quantile(0.5))},
          {"p90", to_ms(histogram.quantile(0.9))},
          {"p99", to_ms(histogram.quantile(0.99))},
          {"p999", to_ms(histogram.quantile(0.999))},
          {"max", to_ms(histogram.max())}};
}

Json frame_json(const model::Frame& frame) {
  return {{"function", detect::function_text(frame)},
          {"file", frame.file},
          {"line", frame.line},
          {"module", frame.module}};
}

Json frames_json(const std::vector<model::Frame>& stack) {
  Json frames = Json::array();
  for (const model::Frame& frame : stack) {
    if (!detect::is_agent_frame(frame)) frames.push_back(frame_json(frame));
  }
  return frames;
}

// function, file and line of the frame to show.
Json place_json(const model::Frame* frame) {
  if (frame == nullptr) return {{"function", ""}, {"file", ""}, {"line", 0}};
  return {{"function", detect::function_text(*frame)}, {"file", frame->file}, {"line", frame->line}};
}
Json place_json(const model::Site& site) { return place_json(detect::shown_frame(site)); }

Json trace_json(const model::Trace& trace) {
  return {{"program", program_name(trace.process)},
          {"argv", trace.process.argv},
          {"pid", trace.process.pid},
          {"started_at", utc_text(trace.process.started_at_unix_ns)},
          {"duration_ms", to_ms(trace.duration())},
          {"events", trace.events},
          {"lost_events", trace.integrity.lost_events},
          {"complete", trace.integrity.complete()},
          {"end", end_word(trace.end_reason)},
          {"streamed", trace.streamed()}};
}

Json agent_json(const model::Trace& trace) {
  const double seconds = static_cast<double>(std::max<Nanos>(trace.duration(), 1)) / 1e9;
  return {{"cpu_ms", to_ms(trace.agent.cpu_ns)},
          {"events_per_s", static_cast<double>(trace.events) / seconds},
          {"bytes", trace.agent.bytes}};
}

Json loops_json(const model::Trace& trace) {
  const std::vector<LoopStalls> stalls = stalls_by_loop(trace);
  Json loops = Json::array();
  for (std::size_t at = 0; at < trace.loops.size(); ++at) {
    const model::Loop& loop = trace.loops[at];
    loops.push_back({{"id", loop.id},
                     {"kind", loop.kind},
                     {"name", loop.name},
                     {"thread", loop.thread},
                     {"ticks", loop.ticks},
                     {"busy_ms", to_ms(loop.busy_ns)},
                     {"idle_ms", to_ms(loop.idle_ns)},
                     {"utilization", utilization(loop)},
                     {"lag_ms", distribution(loop.lag)},
                     {"tick_busy_ms", distribution(loop.tick_busy)},
                     {"poll_delay_ms", distribution(loop.poll_delay)},
                     {"stalls", stalls[at].stalls},
                     {"blocked_ms", to_ms(stalls[at].blocked)}});
  }
  return loops;
}

Json tasks_json(const model::Trace& trace) {
  const TaskSummary sum = summary_of_tasks(trace);
  Json by_kind = Json::array();
  for (const KindSummary& kind : sum.by_kind) {
    by_kind.push_back({{"kind", kind.kind},
                       {"created", kind.created},
                       {"finished", kind.finished},
                       {"pending", kind.pending},
                       {"lifetime_ms", distribution(kind.lifetime)},
                       {"queue_ms", distribution(kind.queue)}});
  }
  return {{"created", sum.created},
          {"finished", sum.finished},
          {"pending", sum.pending},
          {"failed", sum.failed},
          {"cancelled", sum.cancelled},
          {"abandoned", sum.abandoned},
          {"peak_pending", trace.peak_pending},
          {"never_resumable", trace.never_resumable.size()},
          {"by_kind", std::move(by_kind)}};
}

Json sites_json(const model::Trace& trace) {
  const std::vector<Nanos> oldest = oldest_pending_age(trace);
  Json sites = Json::array();
  for (const model::SiteIndex index : sites_by_pending(trace)) {
    const model::Site& site = trace.sites[index];
    Json one = Json::object();
    one["id"] = site.id;
    one.update(place_json(site));
    one.update({{"kind", site.kind},
                {"name", site.name},
                {"created", site.created},
                {"finished", site.finished},
                {"pending", site.pending()},
                {"failed", site.failed},
                {"cancelled", site.cancelled},
                {"abandoned", site.abandoned},
                {"subscription", site.is(model::kSubscription)},
                {"internal", site.is(model::kInternal)},
                {"teardown", site.is(model::kTeardown)},
                {"oldest_pending_ms", to_ms(oldest[index])},
                {"run_ms", to_ms(site.run_ns)},
                {"with_bytes", site.with_bytes},
                {"bytes", site.with_bytes == 0 ? Json(nullptr) : Json(site.bytes)},
                {"lifetime_ms", distribution(site.lifetime)},
                {"queue_ms", distribution(site.queue_delay)},
                {"chain", frames_json(site.stack)}});
    sites.push_back(std::move(one));
  }
  return sites;
}

std::uint64_t task_id(const model::Trace& trace, model::TaskIndex task) {
  return task < trace.tasks.size() ? trace.tasks.id(task) : 0;
}

Json stall_json(const model::Trace& trace, const model::Stall& stall) {
  const model::StallSample* sample = telling_sample(stall);
  const WaitedFor waited = waited_for(trace, stall);
  const bool watched = stall.cpu != model::Stall::kNotWatched;
  const std::string call = system_call_of(stall);
  return {{"start_ms", to_ms(stall.begin)},
          {"duration_ms", to_ms(stall.duration)},
          {"loop", stall.loop < trace.loops.size() ? trace.loops[stall.loop].id : 0},
          {"task", task_id(trace, stall.task)},
          {"cause", stall.cause},
          {"samples", stall.samples.size()},
          {"frames", sample == nullptr ? Json::array() : frames_json(sample->stack)},
          {"thread", thread_name(trace, stall.thread)},
          {"ended", stall.ended},
          {"is_tick", stall.is_tick},
          {"cpu_ms", watched ? Json(to_ms(stall.cpu)) : Json(nullptr)},
          {"run_queue_wait_ms", watched ? Json(to_ms(stall.run_queue_wait)) : Json(nullptr)},
          {"suppressed", stall.suppressed},
          {"system_call", call.empty() ? Json(nullptr) : Json(call)},
          {"waited", {{"tasks", waited.tasks}, {"total_ms", to_ms(waited.total)}}},
          {"woken_by", stall.woken_by},
          {"woken_events", stall.woken_events}};
}

Json stalls_json(const model::Trace& trace) {
  Json stalls = Json::array();
  for (std::size_t at = 0; at < std::min(trace.stalls.size(), kMostStalls); ++at) {
    stalls.push_back(stall_json(trace, trace.stalls[at]));
  }
  return stalls;
}

Json chain_json(const model::Trace& trace, const detect::AwaitChain& chain) {
  Json steps = Json::array();
  for (const detect::AwaitStep& step : chain.steps) {
    const model::SiteIndex site = trace.tasks.site(step.task);
    Json one{{"id", trace.tasks.id(step.task)},
             {"kind", site < trace.sites.size() ? trace.sites[site].kind : ""}};
    one.update(place_json(&step.at));
    steps.push_back(std::move(one));
  }
  return steps;
}

Json pending_awaits_json(const model::Trace& trace, const detect::PendingAwaits& awaits) {
  Json chains = Json::array();
  for (const detect::AwaitChain& chain : awaits.all()) {
    if (chains.size() == kMostChains) break;
    chains.push_back({{"count", chain.count},
                      {"oldest_ms", to_ms(chain.oldest)},
                      {"waits_for", chain.waits_for},
                      {"cycle", chain.cycle},
                      {"also_awaited", chain.more},
                      {"chain", chain_json(trace, chain)}});
  }
  return chains;
}

Json task_json(const model::Trace& trace, const detect::PendingAwaits& awaits, model::TaskIndex task) {
  Json parents = Json::array();
  for (const model::TaskIndex parent : parents_of(trace, task, kMostParents)) {
    const model::SiteIndex site = trace.tasks.site(parent);
    Json one{{"id", trace.tasks.id(parent)},
             {"kind", site < trace.sites.size() ? trace.sites[site].kind : ""}};
    one.update(place_json(site < trace.sites.size() ? trace.sites[site] : model::Site{}));
    parents.push_back(std::move(one));
  }
  const bool pending = trace.tasks.pending(task);
  const std::optional<std::uint64_t> bytes = trace.tasks.bytes(task);
  const detect::AwaitChain chain = awaits.from(task);
  return {{"id", trace.tasks.id(task)},
          {"never_resumable", model::proof_of(trace.never_resumable, task) != nullptr},
          {"created_ms", to_ms(trace.tasks.created(task))},
          {"finished_ms", pending ? Json(nullptr) : Json(to_ms(trace.tasks.finished(task)))},
          {"run_ms", to_ms(trace.tasks.run_ns(task))},
          {"spans", trace.tasks.spans(task)},
          {"bytes", bytes ? Json(*bytes) : Json(nullptr)},
          {"parents", std::move(parents)},
          {"awaits", chain_json(trace, chain)},
          {"waits_for", chain.waits_for}};
}

Json reachability_json(const model::Trace& trace) {
  Json checks = Json::array();
  for (const model::ReachabilityCheck& check : trace.reachability_checks) {
    checks.push_back({{"at_ms", to_ms(check.at - trace.begin)},
                      {"at_exit", check.at_exit},
                      {"trouble", check.trouble},
                      {"suspended", check.suspended},
                      {"reached", check.reached},
                      {"not_provable", check.elsewhere},
                      {"never_resumable", check.unreachable},
                      {"threads", check.threads},
                      {"heap_bytes", check.heap_bytes},
                      {"root_bytes", check.root_bytes},
                      {"duration_ms", to_ms(check.duration)},
                      {"pause_ms", to_ms(check.pause)}});
  }
  return checks;
}

double finite(double value) { return std::isfinite(value) ? value : 0.0; }

// 95 % confidence; null for what was counted.
Json interval_json(const std::optional<detect::Interval>& interval) {
  return {{"low", interval ? Json(finite(interval->low)) : Json(nullptr)},
          {"high", interval ? Json(finite(interval->high)) : Json(nullptr)}};
}

Json members_json(const model::Trace& trace, const detect::Finding& finding) {
  Json members = Json::array();
  for (const detect::Member& member : finding.members) {
    const bool known = member.task < trace.tasks.size();
    const model::SiteIndex site = known ? trace.tasks.site(member.task) : model::kNoSite;
    members.push_back({{"id", known ? trace.tasks.id(member.task) : 0},
                       {"kind", known && site < trace.sites.size() ? trace.sites[site].kind : ""},
                       {"place", task_place_text(trace, member.task)},
                       {"fate", member.fate},
                       {"at_ms", to_ms(member.at)},
                       {"lasted_ms", to_ms(member.lasted)}});
  }
  return members;
}

Json contexts_json(const detect::Finding& finding) {
  Json contexts = Json::array();
  for (const detect::ContextShare& one : finding.contexts) {
    contexts.push_back(
        {{"key", one.key}, {"value", one.value}, {"tasks", one.tasks}, {"ms", to_ms(one.time)}});
  }
  return contexts;
}

Json findings_json(const Contents& contents, const detect::PendingAwaits& awaits) {
  const model::Trace& trace = contents.trace;
  Json findings = Json::array();
  for (const detect::Finding& finding : contents.findings) {
    const bool placed = finding.site != model::kNoSite && finding.site < trace.sites.size();
    const model::Site nowhere;
    const model::Site& at = placed ? trace.sites[finding.site] : nowhere;
    // The line that is blamed, where it is not the one that created the tasks.
    const bool blamed = !finding.stack.empty();
    Json site = blamed ? place_json(&finding.stack.front()) : place_json(at);
    site["chain"] = frames_json(blamed ? finding.stack : at.stack);
    Json lines = Json::array();
    for (const detect::LineCost& line : finding.lines) {
      Json one = place_json(&line.frame);
      one.update({{"ms", to_ms(line.time)}, {"share", finite(line.share)}});
      one.update(interval_json(line.interval));
      lines.push_back(std::move(one));
    }
    Json evidence = Json::object();
    for (const detect::Evidence& one : finding.evidence) {
      Json number = {{"value", finite(one.value)}, {"unit", one.unit}};
      number.update(interval_json(one.interval));
      evidence[one.name] = std::move(number);
    }
    Json tasks = Json::array();
    for (const model::TaskIndex task : finding.tasks) {
      if (task < trace.tasks.size()) tasks.push_back(task_json(trace, awaits, task));
    }
    Json waiting = Json::array();
    for (const detect::WaitingTask& one : finding.waiting) {
      if (one.task >= trace.tasks.size()) continue;
      const model::SiteIndex created_at = trace.tasks.site(one.task);
      const model::Site& site_of_it = created_at < trace.sites.size() ? trace.sites[created_at] : nowhere;
      Json task = {
          {"id", trace.tasks.id(one.task)}, {"kind", site_of_it.kind}, {"waited_ms", to_ms(one.waited)}};
      task.update(place_json(site_of_it));
      waiting.push_back(std::move(task));
    }
    findings.push_back({{"detector", finding.detector},
                        {"severity", detect::name_of(finding.severity)},
                        {"title", finding.title},
                        {"site", std::move(site)},
                        {"created_at", place_json(at)},
                        {"lines", std::move(lines)},
                        {"evidence", std::move(evidence)},
                        {"advice", finding.advice},
                        {"tasks", std::move(tasks)},
                        {"waiting", std::move(waiting)},
                        {"members_title", finding.members_title},
                        {"members", members_json(trace, finding)},
                        {"contexts", contexts_json(finding)},
                        {"candidate", finding.candidate},
                        {"price_s", finite(finding.price)},
                        {"first_ms", to_ms(finding.first)},
                        {"last_ms", to_ms(finding.last)},
                        {"count", finding.count}});
  }
  return findings;
}

}  // namespace

std::string json_report(const Contents& contents) {
  const model::Trace& trace = contents.trace;
  Json json;
  json["schema"] = kSchema;
  json["trace"] = trace_json(trace);
  json["agent"] = agent_json(trace);
  json["loops"] = loops_json(trace);
  json["tasks"] = tasks_json(trace);
  json["sites"] = sites_json(trace);
  json["stalls"] = stalls_json(trace);
  json["stalls_total"] = stalls_in_all(trace);
  json["stalls_ms"] = to_ms(stalled_in_all(trace));
  const detect::PendingAwaits awaits(trace);
  json["pending_awaits"] = pending_awaits_json(trace, awaits);
  json["reachability"] = reachability_json(trace);
  json["findings"] = findings_json(contents, awaits);
  json["verdict"] = {{"status", detect::name_of(contents.verdict.status)},
                     {"headline", contents.verdict.headline}};
  add_asked(json, contents);
  json["confounders"] = Json::array();
  for (const detect::Confounder& one : contents.confounders)
    json["confounders"].push_back({{"name", one.name}, {"sentence", one.sentence}});
  // Names come from the traced process and may be no UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string json_array(std::span<const std::string> reports) {
  std::string text = "[";
  for (const std::string& report : reports) text += (text.size() > 1 ? ",\n" : "\n") + report;
  return text + "]\n";
}

}  // namespace loopscope::report
