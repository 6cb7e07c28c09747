#include <algorithm>

#include "tests/agent/round_trip/comparison.h"
#include "tests/agent/round_trip/held_against.h"

namespace loopscope::round_trip {
namespace {

class AtMost : Comparison {
 public:
  AtMost(const Story& story, const Issued& issued, const model::Trace& trace, Clock clock)
      : Comparison(story, issued, trace, clock) {}

  std::vector<std::string> run() {
    same("events told and lost", trace_.events + trace_.integrity.lost_events, story_.events);
    tasks();
    spans();
    edges();
    labels();
    gauges();
    return std::move(problems_);
  }

 private:
  void tasks() {
    const model::TaskTable& tasks = trace_.tasks;
    for (model::TaskIndex task = 0; task < tasks.size(); ++task) {
      const std::string what = "task " + std::to_string(tasks.id(task));
      const auto issued = story_.tasks.find(tasks.id(task));
      if (issued == story_.tasks.end()) {
        differs(what, "never was");
        continue;
      }
      const TaskTold& of = issued->second;
      within(what + " created", tasks.created(task), of.created);
      if (tasks.parent(task) != model::kNoTask) same(what + " parent", number(tasks.parent(task)), of.parent);
      same_site(what, tasks.site(task), of.site);
      const auto bytes = story_.bytes.find(tasks.id(task));
      if (tasks.bytes(task).value_or(0) > (bytes == story_.bytes.end() ? 0 : bytes->second))
        differs(what, "has more bytes than were told");
      if (tasks.pending(task)) continue;
      if (!of.finished) {
        differs(what, "never finished");
        continue;
      }
      same(what + " outcome", static_cast<int>(tasks.outcome(task)), of.finished->outcome);
      within(what + " finished", tasks.finished(task), of.finished->at);
    }
  }

  void spans() {
    for (const model::Span& span : trace_.longest_spans) {
      if (span.task == model::kNoTask) continue;
      const std::pair of(trace_.threads[span.thread].tid, number(span.task));
      const auto issued = story_.spans.find(of);
      const Time end = span.begin + span.duration;
      const bool was = issued != story_.spans.end() &&
                       std::any_of(issued->second.begin(), issued->second.end(), [&](const SpanTold& told) {
                         const bool ended = told.end && is_within(end, *told.end);
                         return is_within(span.begin, told.begin) && (ended || end == trace_.end);
                       });
      if (!was) differs("span of", of.second, "on", of.first, "from", span.begin, "to", end, "never was");
    }
  }

  void edges() {
    for (const model::Edge& edge : trace_.edges) {
      const bool await = edge.kind == model::Edge::Kind::await;
      const bool was = std::any_of(story_.edges.begin(), story_.edges.end(), [&](const EdgeTold& told) {
        return told.await == await && told.to == number(edge.to) && is_within(edge.begin, told.begin) &&
               (told.from == number(edge.from) || (!await && edge.from == model::kNoTask));
      });
      if (!was) differs("edge", number(edge.from), "->", number(edge.to), "at", edge.begin, "never was");
    }
  }

  void labels() {
    for (const model::Label& label : trace_.labels) {
      if (label.task == model::kNoTask) continue;
      const auto [begin, end] = story_.labels.equal_range(number(label.task));
      const bool was = std::any_of(
          begin, end, [&](const auto& of) { return of.second == std::pair(label.key, label.value); });
      if (!was) differs("label of", number(label.task), label.key, label.value, "never was");
    }
  }

  void gauges() {
    for (const model::GaugeSeries& gauge : trace_.gauges) {
      for (std::size_t i = 0; i < gauge.at.size(); ++i) {
        const bool was = std::any_of(story_.gauges.begin(), story_.gauges.end(), [&](const auto& of) {
          const auto point = of.second.find(gauge.number[i]);
          return point != of.second.end() && issued_.gauges[of.first] == gauge.name &&
                 is_within(gauge.at[i], point->second);
        });
        if (!was) differs(gauge.name, gauge.number[i], "at", gauge.at[i], "never was");
      }
    }
  }
};

}  // namespace

std::vector<std::string> at_most(const Story& story, const Issued& issued, const model::Trace& trace,
                                 Clock clock) {
  return AtMost(story, issued, trace, clock).run();
}

}  // namespace loopscope::round_trip
