#include "viewer/view/task_life.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/report/columns.h"
#include "viewer/report/summary.h"
#include "viewer/view/task_list.h"

namespace loopscope::view {
namespace {

// Ancestors and labels that are looked at, and ancestors that are passed on the way to the root: a timer that arms itself
// again has as many as it fired.
constexpr std::size_t kMostStepsForLabels = 10'000;
constexpr std::uint64_t kMostAncestors = 2'000'000;
// So many tasks between two looks at the stop token.
constexpr model::TaskIndex kStride = 1U << 16;

std::vector<TaskLabel> labels_of(const model::Trace& trace, const TaskNotes& notes, model::TaskIndex task) {
  std::vector<TaskLabel> labels;
  std::unordered_set<std::string> keys;
  std::size_t steps = 0;
  // Going round in a circle (damaged traces) finds no new key, and ends.
  model::TaskIndex at = task;
  for (; at < trace.tasks.size() && steps < kMostStepsForLabels; ++steps) {
    const auto entries = notes.of_task(Note::label, at);
    for (auto entry = entries.rbegin(); entry != entries.rend() && steps < kMostStepsForLabels; ++entry) {
      ++steps;
      const model::Label& label = trace.labels[entry->at];
      if (labels.size() == kMostOfAKind || !keys.insert(label.key).second) continue;
      labels.push_back({label.key, label.value, at});
    }
    at = trace.tasks.parent(at);
  }
  std::sort(labels.begin(), labels.end(),
            [](const TaskLabel& a, const TaskLabel& b) { return a.key < b.key; });
  return labels;
}

// Goes on from the last shown parent; ends at a parent that is not older, as all are in a healthy trace.
void find_root(const model::Trace& trace, TaskLife& life) {
  if (life.parents.size() < kMostParents) return;
  model::TaskIndex at = life.parents.back();
  std::uint64_t passed = 0;
  while (passed < kMostAncestors) {
    const model::TaskIndex parent = trace.tasks.parent(at);
    if (parent >= at || parent >= trace.tasks.size()) break;
    at = parent;
    ++passed;
  }
  if (passed == 0) return;
  life.root = at;
  life.parents_between = passed - 1;
}

std::vector<TaskCancel> cancels(const model::Trace& trace, const TaskNotes& notes, Note note,
                                model::TaskIndex task) {
  std::vector<TaskCancel> found;
  for (const TaskNotes::Entry& entry : notes.of_task(note, task)) {
    if (found.size() == kMostOfAKind) break;
    const model::Edge& edge = trace.edges[entry.at];
    found.push_back({note == Note::told_to_stop ? edge.from : edge.to, edge.begin});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const TaskCancel& a, const TaskCancel& b) { return a.at < b.at; });
  return found;
}

std::vector<TaskHeldUp> waits(const model::Trace& trace, const TaskNotes& notes, Note note,
                              model::TaskIndex task) {
  std::vector<TaskHeldUp> found;
  for (const TaskNotes::Entry& entry : notes.of_task(note, task)) {
    if (found.size() == kMostOfAKind) break;
    const model::Waited& waited = trace.waited[entry.at];
    found.push_back({note == Note::held_up ? waited.blocker : waited.task, waited.from, waited.waited});
  }
  return found;
}

const model::Site* site_of(const model::Trace& trace, model::TaskIndex task) {
  if (task >= trace.tasks.size()) return nullptr;
  const model::SiteIndex site = trace.tasks.site(task);
  return site < trace.sites.size() ? &trace.sites[site] : nullptr;
}

double ms_since_begin(const model::Trace& trace, Time at) {
  return to_ms(subtract_saturating(at, trace.begin));
}

std::string number_of(const model::Trace& trace, model::TaskIndex task) {
  return task < trace.tasks.size() ? fmt::format("#{}", trace.tasks.id(task)) : "";
}

}  // namespace

std::string task_text(const model::Trace& trace, model::TaskIndex task) {
  if (task >= trace.tasks.size()) return "unknown task";
  const model::Site* const site = site_of(trace, task);
  return fmt::format("#{} {}", trace.tasks.id(task),
                     site == nullptr ? "place unknown" : detect::place_text(*site));
}

TaskLife life_of_task(const model::Trace& trace, const TaskNotes& notes, model::TaskIndex task, Time now) {
  TaskLife life;
  if (task >= trace.tasks.size()) return life;
  const model::TaskTable& tasks = trace.tasks;
  life.task = task;
  life.id = tasks.id(task);
  life.site = tasks.site(task);
  if (const model::Site* const site = site_of(trace, task)) {
    life.place = detect::place_text(*site);
    life.kind = site->kind;
  }
  life.name = name_of_task(trace, notes, task);
  life.created = tasks.created(task);
  life.finished = tasks.finished(task);
  life.outcome = tasks.outcome(task);
  life.runs = tasks.spans(task);
  life.run_time = tasks.run_ns(task);
  life.bytes = tasks.bytes(task);
  if (const auto failures = notes.of_task(Note::failure, task); !failures.empty()) {
    const model::Failure& failure = trace.failures[failures.front().at];
    life.failed = true;
    life.failure_code = failure.code;
    life.failure = failure.text;
  }
  life.labels = labels_of(trace, notes, task);
  life.parents = report::parents_of(trace, task, kMostParents);
  find_root(trace, life);
  life.stopped_by = cancels(trace, notes, Note::told_to_stop, task);
  life.asked_to_stop = cancels(trace, notes, Note::asks_to_stop, task);
  life.held_up = waits(trace, notes, Note::held_up, task);
  life.holds_up = waits(trace, notes, Note::holds_up, task);
  life.awaits = await_graph(trace, notes, task, now);
  return life;
}

TaskDeeds deeds_of_task(const model::Trace& trace, model::TaskIndex task, const std::stop_token& stop) {
  TaskDeeds deeds;
  if (task >= trace.tasks.size()) return deeds;
  deeds.task = task;
  deeds.spans = spans_of_task(trace, task, {}, stop);
  // Among the longest ones alone, the first may be missing.
  if (!deeds.spans.spans.empty() && (trace.timeline.kept || deeds.spans.all)) {
    deeds.first_begin = deeds.spans.spans.front().begin;
  }
  const auto tasks = static_cast<model::TaskIndex>(trace.tasks.size());
  for (model::TaskIndex other = task + 1; other < tasks; ++other) {
    if (other % kStride == 0 && stop.stop_requested()) break;
    if (trace.tasks.parent(other) != task) continue;
    if (deeds.children.size() < kMostChildren) deeds.children.push_back(other);
    ++deeds.children_in_all;
  }
  return deeds;
}

std::vector<LifePiece> life_pieces(const model::Trace& trace, const TaskLife& life, const TaskDeeds& deeds) {
  std::vector<LifePiece> pieces;
  const Time end = std::max(life.pending() ? trace.end : life.finished, life.created);
  Time at = life.created;
  const auto add = [&](LifePiece::Kind kind, Time to, std::size_t span) {
    to = std::clamp(to, at, end);
    if (to == at) return;
    pieces.push_back({kind, at, to, span});
    at = to;
  };
  for (std::size_t number = 0; number < deeds.spans.spans.size(); ++number) {
    const TaskSpan& span = deeds.spans.spans[number];
    const bool first = number == 0 && deeds.first_begin.has_value();
    if (span.late) {
      add(LifePiece::Kind::waits, subtract_saturating(span.begin, *span.late), number);
      add(LifePiece::Kind::ready, span.begin, number);
    } else {
      add(first ? LifePiece::Kind::ready : LifePiece::Kind::waits, span.begin, number);
    }
    add(LifePiece::Kind::runs, add_saturating(span.begin, span.duration), number);
  }
  add(LifePiece::Kind::waits, end, 0);
  return pieces;
}

std::string life_text(const model::Trace& trace, const TaskLife& life, const TaskDeeds* deeds) {
  if (life.task == model::kNoTask) return "No task is selected\n";
  std::string text = report::safe_text(task_text(trace, life.task)) + "\n";
  const auto line = [&](std::string_view what, const std::string& value) {
    text += fmt::format("{}\t{}\n", what, report::safe_text(value));
  };
  line("kind", life.kind);
  if (!life.name.empty()) line("name", life.name);
  line("created ms", fmt::format("{}", ms_since_begin(trace, life.created)));
  if (deeds != nullptr && deeds->first_begin) {
    line("first run ms", fmt::format("{}", ms_since_begin(trace, *deeds->first_begin)));
  }
  if (const model::NeverResumable* proof = model::proof_of(trace.never_resumable, life.task)) {
    line("never resumable, proven ms", fmt::format("{}", ms_since_begin(trace, proof->proven)));
  }
  if (!life.pending()) line("finished ms", fmt::format("{}", ms_since_begin(trace, life.finished)));
  line("outcome", outcome_text(life.outcome));
  line(life.pending() ? "age ms" : "lifetime ms", fmt::format("{}", to_ms(life_of(trace, life.task))));
  line("runs", fmt::format("{}", life.runs));
  line("run ms", fmt::format("{}", to_ms(life.run_time)));
  if (life.bytes) line("bytes", fmt::format("{}", *life.bytes));
  if (life.failed)
    text += fmt::format("failure\t{}\t{}\n", life.failure_code, report::safe_text(life.failure));
  for (const TaskLabel& label : life.labels) {
    text += fmt::format("label\t{}={}\t{}\n", report::safe_text(label.key), report::safe_text(label.value),
                        label.from == life.task ? "its own" : "from " + number_of(trace, label.from));
  }
  if (const model::Site* const site = site_of(trace, life.task)) {
    for (const model::Frame& frame : site->stack) line("created in", detect::frame_text(frame));
  }
  const auto around = [&](std::string_view what, model::TaskIndex other, const std::string& more) {
    text += fmt::format("{}\t{}\t{}\n", what, report::safe_text(task_text(trace, other)), more);
  };
  for (const model::TaskIndex parent : life.parents) around("parent", parent, "");
  if (life.root != model::kNoTask) around("root", life.root, fmt::format("{} between", life.parents_between));
  for (const AwaitArrow& arrow : life.awaits.arrows) {
    const model::TaskIndex from = life.awaits.nodes[arrow.from].task;
    text += fmt::format("{}\twaits for\t{}\t{}{}\n", report::safe_text(task_text(trace, from)),
                        report::safe_text(task_text(trace, life.awaits.nodes[arrow.to].task)),
                        arrow.open ? "still" : "over", arrow.in_cycle ? ", in a cycle" : "");
  }
  const auto at_ms = [&](Time at) { return fmt::format("at {} ms", ms_since_begin(trace, at)); };
  for (const TaskCancel& one : life.stopped_by) around("asked to stop by", one.other, at_ms(one.at));
  for (const TaskCancel& one : life.asked_to_stop) around("asked to stop", one.other, at_ms(one.at));
  for (const TaskHeldUp& one : life.held_up) {
    around("held up by", one.other, fmt::format("{} ms", to_ms(one.waited)));
  }
  for (const TaskHeldUp& one : life.holds_up) {
    around("held up", one.other, fmt::format("{} ms", to_ms(one.waited)));
  }
  if (deeds == nullptr) return text;
  for (const TaskSpan& span : deeds->spans.spans) {
    text += fmt::format("ran\t{} ms\tfor {} ms\n", ms_since_begin(trace, span.begin), to_ms(span.duration));
  }
  if (!deeds->spans.all) text += "ran\tmore often than is shown\n";
  for (const model::TaskIndex child : deeds->children) around("child", child, "");
  if (deeds->children_in_all > deeds->children.size()) {
    text += "and " +
            plural_text(deeds->children_in_all - deeds->children.size(), "more child", "more children") +
            "\n";
  }
  return text;
}

}  // namespace loopscope::view
