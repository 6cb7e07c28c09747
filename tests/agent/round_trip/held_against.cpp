#include "tests/agent/round_trip/held_against.h"

#include <loopscope/loopscope.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "tests/agent/round_trip/comparison.h"

namespace loopscope::round_trip {
namespace {

using model::Trace;

class Exact : Comparison {
 public:
  Exact(const Story& story, const Issued& issued, const Trace& trace, Clock clock)
      : Comparison(story, issued, trace, clock) {}

  std::vector<std::string> run() {
    same("events", trace_.events, story_.events);
    tasks();
    sites();
    spans();
    edges();
    labels();
    failures();
    gauges();
    pauses();
    loops();
    return std::move(problems_);
  }

 private:
  void tasks() {
    const model::TaskTable& tasks = trace_.tasks;
    same("tasks", tasks.size(), story_.tasks.size());
    for (const auto& [id, told] : story_.tasks) {
      const std::string what = "task " + std::to_string(id);
      const model::TaskIndex task = tasks.find(id);
      if (task == model::kNoTask) {
        differs(what, "is missing");
        continue;
      }
      within(what + " created", tasks.created(task), told.created);
      same(what + " parent", number(tasks.parent(task)), if_told(told.parent));
      same_site(what, tasks.site(task), told.site);
      same(what + " pending", tasks.pending(task), !told.finished.has_value());
      same(what + " outcome", static_cast<int>(tasks.outcome(task)),
           told.finished ? told.finished->outcome : 0);
      if (told.finished && !tasks.pending(task))
        within(what + " finished", tasks.finished(task), told.finished->at);
      const auto bytes = story_.bytes.find(id);
      same(what + " has bytes", tasks.bytes(task).has_value(), bytes != story_.bytes.end());
      if (bytes != story_.bytes.end()) same(what + " bytes", tasks.bytes(task).value_or(0), bytes->second);
    }
  }

  void sites() {
    std::map<std::string, std::uint64_t> created, finished, with_bytes;
    for (const auto& [id, told] : story_.tasks) {
      with_bytes[issued_.sites[told.site].kind] += story_.bytes.contains(id);
      ++created[issued_.sites[told.site].kind];
      finished[issued_.sites[told.site].kind] += told.finished.has_value();
    }
    for (const model::Site& site : trace_.sites) {
      created[site.kind] -= site.created;
      finished[site.kind] -= site.finished;
      with_bytes[site.kind] -= site.with_bytes;
    }
    for (const auto& [kind, left] : created) same("created at " + kind + ": left", left, std::uint64_t{0});
    for (const auto& [kind, left] : finished) same("finished at " + kind + ": left", left, std::uint64_t{0});
    for (const auto& [kind, left] : with_bytes)
      same("with bytes at " + kind + ": left", left, std::uint64_t{0});
  }

  // Every span is among the longest: programs are small enough.
  void spans() {
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::vector<model::Span>> told;
    for (const model::Span& span : trace_.longest_spans)
      told[{trace_.threads[span.thread].tid, number(span.task)}].push_back(span);
    std::map<std::uint64_t, std::uint64_t> ended;
    for (const auto& [of, issued] : story_.spans) {
      for (const SpanTold& span : issued) ended[of.second] += span.end.has_value();
      // Whose creation the trace does not hold is nobody's there.
      if (!story_.tasks.contains(of.second)) continue;
      auto found = told.extract(of);
      const std::string what = "spans of " + std::to_string(of.second) + " on " + std::to_string(of.first);
      const std::size_t count = found ? found.mapped().size() : 0;
      same(what, count, issued.size());
      if (count == issued.size()) each_span(what, found.mapped(), issued);
    }
    for (const auto& [of, spans] : told)
      if (of.second != 0) differs(spans.size(), "spans of", of.second, "on", of.first, "never were");
    for (const auto& [id, of] : story_.tasks) {
      const model::TaskIndex task = trace_.tasks.find(id);
      if (task == model::kNoTask) continue;
      same("ended spans of " + std::to_string(id), std::uint64_t{trace_.tasks.spans(task)}, ended[id]);
    }
  }

  void each_span(const std::string& what, std::vector<model::Span>& told,
                 const std::vector<SpanTold>& issued) {
    std::sort(told.begin(), told.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
    for (std::size_t i = 0; i < told.size(); ++i) {
      within(what + " begun", told[i].begin, issued[i].begin);
      const Time end = told[i].begin + told[i].duration;
      if (issued[i].end) {
        within(what + " ended", end, *issued[i].end);
      } else {
        same(what + " open until", end, trace_.end);
      }
    }
  }

  void edges() {
    using Key = std::tuple<std::uint64_t, std::uint64_t, bool>;
    std::map<Key, std::vector<const EdgeTold*>> issued;
    std::map<Key, std::vector<const model::Edge*>> told;
    for (const EdgeTold& edge : story_.edges) {
      issued[{edge.await ? edge.from : if_told(edge.from), edge.to, edge.await}].push_back(&edge);
    }
    for (const model::Edge& edge : trace_.edges)
      told[{number(edge.from), number(edge.to), edge.kind == model::Edge::Kind::await}].push_back(&edge);
    same("edges", trace_.edges.size(), story_.edges.size());
    for (auto& [key, of] : issued) {
      auto& found = told[key];
      const std::string what =
          "edge " + std::to_string(std::get<0>(key)) + " -> " + std::to_string(std::get<1>(key));
      same(what, found.size(), of.size());
      if (found.size() != of.size()) continue;
      std::sort(of.begin(), of.end(),
                [](const auto* a, const auto* b) { return a->begin.before < b->begin.before; });
      for (std::size_t i = 0; i < of.size(); ++i) {
        // Two threads may ask at once.
        if (i > 0 && of[i]->begin.before < of[i - 1]->begin.after + clock_.tolerance_ns) continue;
        if (i + 1 < of.size() && of[i + 1]->begin.before < of[i]->begin.after + clock_.tolerance_ns) continue;
        within(what + " begun", found[i]->begin, of[i]->begin);
        same_site(what, found[i]->site, of[i]->site);
        same(what + " open", found[i]->end == kNever, !of[i]->end.has_value());
        if (of[i]->end && found[i]->end != kNever) within(what + " ended", found[i]->end, *of[i]->end);
      }
    }
  }

  void labels() {
    auto issued = story_.labels;
    std::erase_if(issued, [this](const auto& label) { return !story_.tasks.contains(label.first); });
    for (const model::Label& label : trace_.labels) {
      const auto [begin, end] = issued.equal_range(number(label.task));
      const auto found = std::find_if(
          begin, end, [&label](const auto& of) { return of.second == std::pair(label.key, label.value); });
      if (found != end) {
        issued.erase(found);
      } else if (label.task != model::kNoTask) {
        differs("label of", number(label.task), label.key, label.value, "never was");
      }
    }
    for (const auto& [task, label] : issued)
      differs("label of", task, label.first, label.second, "is missing");

    auto names = story_.names;
    std::erase_if(names, [this](const auto& name) { return !story_.tasks.contains(name.first); });
    for (const model::TaskName& name : trace_.task_names) {
      const auto [begin, end] = names.equal_range(number(name.task));
      const auto found = std::find_if(begin, end, [&name](const auto& of) { return of.second == name.name; });
      if (found != end) {
        names.erase(found);
      } else if (name.task != model::kNoTask) {
        differs("name of", number(name.task), name.name, "never was");
      }
    }
    for (const auto& [task, name] : names) differs("name of", task, name, "is missing");
  }

  void failures() {
    std::map<std::uint64_t, const model::Failure*> told;
    for (const model::Failure& failure : trace_.failures) told[number(failure.task)] = &failure;
    for (const auto& [id, task] : story_.tasks) {
      if (!task.finished || task.finished->outcome != LOOPSCOPE_OUTCOME_ERROR) continue;
      const auto found = told.find(id);
      if (found == told.end()) {
        differs("failure of", id, "is missing");
        continue;
      }
      same("failure of " + std::to_string(id), found->second->code, task.finished->value);
      same("failure of " + std::to_string(id), found->second->text, task.finished->text);
      told.erase(found);
    }
    for (const auto& [id, failure] : told)
      if (id != 0) differs("failure of", id, failure->code, failure->text, "never was");
  }

  void gauges() {
    for (std::uint32_t i = 0; i < issued_.gauges.size(); ++i) {
      const auto series = std::find_if(trace_.gauges.begin(), trace_.gauges.end(),
                                       [&](const auto& gauge) { return gauge.name == issued_.gauges[i]; });
      const auto issued = story_.gauges.find(i);
      const std::size_t told = series == trace_.gauges.end() ? 0 : series->at.size();
      same(issued_.gauges[i], told, issued == story_.gauges.end() ? 0 : issued->second.size());
      for (std::size_t point = 0; point < told; ++point) {
        const auto found = issued->second.find(series->number[point]);
        if (found == issued->second.end()) {
          differs(issued_.gauges[i], series->number[point], "never was");
        } else {
          within(issued_.gauges[i], series->at[point], found->second);
        }
      }
    }
  }

  void pauses() {
    std::map<std::uint32_t, std::vector<const model::Pause*>> told;
    for (const model::Pause& pause : trace_.pauses) told[trace_.threads[pause.thread].tid].push_back(&pause);
    std::size_t count = 0;
    for (const auto& [tid, issued] : story_.pauses) {
      count += issued.size();
      const auto& found = told[tid];
      const std::string what = "pause on " + std::to_string(tid);
      same(what + "s", found.size(), issued.size());
      for (std::size_t i = 0; i < std::min(found.size(), issued.size()); ++i) {
        same(what, found[i]->kind, issued[i].kind);
        within(what + " begun", found[i]->begin, issued[i].begin);
        if (issued[i].end) within(what + " ended", found[i]->begin + found[i]->duration, *issued[i].end);
      }
    }
    same("pauses", trace_.pauses.size(), count);
  }

  void loops() {
    for (const auto& [id, issued] : story_.loops) {
      const std::string what = "loop " + std::to_string(id);
      const auto loop = std::find_if(trace_.loops.begin(), trace_.loops.end(),
                                     [number = id](const model::Loop& of) { return of.id == number; });
      if (loop == trace_.loops.end()) {
        differs(what, "is missing");
        continue;
      }
      same(what + " kind", loop->kind, std::string("random"));
      same(what + " ticks", loop->ticks, issued.ticks);
      same(what + " polls without timeout", loop->zero_timeout_polls, issued.polls_without_timeout);
      const std::uint64_t tolerance = 2 * clock_.tolerance_ns * issued.ticks;
      const auto idle = static_cast<std::uint64_t>(loop->idle_ns);
      // A poll that goes on waits until the trace ends, which no call says.
      if (idle + tolerance < issued.idle_at_least) differs(what, "idle", idle, "of", issued.idle_at_least);
      if (issued.complete && idle > issued.idle_at_most + tolerance)
        differs(what, "idle", idle, "of at most", issued.idle_at_most);
    }
  }
};

}  // namespace

std::vector<std::string> held_against(const Story& story, const Issued& issued, const model::Trace& trace,
                                      Clock clock) {
  return Exact(story, issued, trace, clock).run();
}

}  // namespace loopscope::round_trip
