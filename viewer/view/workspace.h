// What a person looks at: which analysis, which stretch of time, what is selected. The only state that panels share;
// a panel changes it and all others follow in the next frame. No ImGui here. Main thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "viewer/analysis.h"
#include "viewer/view/time_range.h"

namespace loopscope::view {

// The panels of the lower half, in the order of their tabs.
enum class Pane : std::uint8_t { tasks, task, stalls, map, source, compare };

struct SourcePlace {
  std::string file;
  std::uint32_t line = 0;
  std::string function;
  bool operator==(const SourcePlace&) const = default;
};

struct Selection {
  std::optional<std::size_t> finding;  // into Analysis::findings
  std::optional<model::SiteIndex> site;
  model::TaskIndex task = model::kNoTask;
  std::optional<std::size_t> stall;  // into Trace::stalls
  std::optional<TimeRange> range;    // box-selected on the timeline
  bool operator==(const Selection&) const = default;
};

class Workspace {
 public:
  // Null until a trace is loaded; immutable, so that a panel may keep what it derived from it.
  const std::shared_ptr<const Analysis>& analysis() const { return analysis_; }
  const model::Trace& trace() const { return analysis_->trace; }  // precondition: loaded
  bool loaded() const { return analysis_ != nullptr; }
  // Another analysis, of a later state of the same file if `same_trace`: what was selected is found again by its
  // numbers in the trace, and a view that reached to the end goes on doing so.
  void open(std::shared_ptr<const Analysis> analysis, bool same_trace = false);
  // Rises whenever analysis() changes: caches of panels are of one number.
  std::uint64_t generation() const { return generation_; }

  // The other trace of the comparison; null if there is none.
  const std::shared_ptr<const Analysis>& baseline() const { return baseline_; }
  void compare_with(std::shared_ptr<const Analysis> baseline);

  // The stretch that the timeline shows. Kept within reach of the trace and above a nanosecond.
  TimeRange view() const { return view_; }
  void set_view(TimeRange range);
  TimeRange whole() const;
  // "As of": where the timeline's cursor is pinned; none: the end of the trace.
  std::optional<Time> cursor() const { return cursor_; }
  void set_cursor(std::optional<Time> at) { cursor_ = at; }
  Time now() const { return cursor_.value_or(loaded() ? trace().end : 0); }

  const Selection& selection() const { return selection_; }
  // Each also brings the lower half to the pane that shows it. Indices beyond the model are ignored.
  void select_finding(std::size_t finding);  // without moving anything
  void select_site(model::SiteIndex site);
  void select_task(model::TaskIndex task);
  void select_stall(std::size_t stall);
  void select_range(std::optional<TimeRange> range) { selection_.range = range; }
  void clear_selection() { selection_ = {}; }
  // "Show me": selects the finding and moves every other view to it.
  void show_finding(std::size_t finding);
  // Moves the timeline to it, with some room on both sides.
  void look_at(Time from, Time to);

  // Opens the file at that line.
  void open_source(const SourcePlace& place);
  const SourcePlace& source() const { return source_; }

  Pane pane() const { return pane_; }
  void show(Pane pane) { pane_ = pane; }

  // Words that table rows, map nodes and lanes have to match; "" for all. "key=value" matches labels of tasks.
  const std::string& filter() const { return filter_; }
  void set_filter(std::string words) { filter_ = std::move(words); }

 private:
  std::shared_ptr<const Analysis> analysis_;
  std::shared_ptr<const Analysis> baseline_;
  std::uint64_t generation_ = 0;
  TimeRange view_;
  std::optional<Time> cursor_;
  Selection selection_;
  SourcePlace source_;
  Pane pane_ = Pane::tasks;
  std::string filter_;
};

}  // namespace loopscope::view
