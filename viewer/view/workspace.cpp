#include "viewer/view/workspace.h"

#include <algorithm>
#include <utility>

#include "viewer/detect/place.h"
#include "viewer/report/stall_facts.h"

namespace loopscope::view {
namespace {

// No picture needs more: a nanosecond is a clock's step.
constexpr Nanos kShortestView = 20;

// Findings are told apart by what they are about, since their order changes while a program runs on.
bool same_case(const model::Trace& a_trace, const detect::Finding& a, const model::Trace& b_trace,
               const detect::Finding& b) {
  if (a.detector != b.detector || a.site >= a_trace.sites.size() || b.site >= b_trace.sites.size())
    return false;
  if (a_trace.sites[a.site].id != b_trace.sites[b.site].id || a.stack.size() != b.stack.size()) return false;
  return a.stack.empty() || a.stack.front().address == b.stack.front().address;
}

std::optional<std::size_t> find_again(const Analysis& before, std::size_t finding, const Analysis& after) {
  for (std::size_t at = 0; at < after.findings.size(); ++at) {
    if (same_case(before.trace, before.findings[finding], after.trace, after.findings[at])) return at;
  }
  return std::nullopt;
}

std::optional<model::SiteIndex> find_again(const model::Trace& before, model::SiteIndex site,
                                           const model::Trace& after) {
  const auto same = [&](const model::Site& other) { return other.id == before.sites[site].id; };
  const auto found = std::find_if(after.sites.begin(), after.sites.end(), same);
  if (found == after.sites.end()) return std::nullopt;
  return static_cast<model::SiteIndex>(found - after.sites.begin());
}

std::optional<std::size_t> find_stall_again(const model::Trace& before, std::size_t stall,
                                            const model::Trace& after) {
  // Anchors of the clock that came since may have moved it a little.
  constexpr Nanos kSameTime = 10 * kMicrosecond;
  const model::Stall& known = before.stalls[stall];
  const auto same = [&](const model::Stall& other) {
    const Nanos moved = subtract_saturating(other.begin, known.begin);
    return other.thread == known.thread && moved < kSameTime && moved > -kSameTime;
  };
  const auto found = std::find_if(after.stalls.begin(), after.stalls.end(), same);
  if (found == after.stalls.end()) return std::nullopt;
  return static_cast<std::size_t>(found - after.stalls.begin());
}

Selection selected_again(const Selection& selection, const Analysis& before, const Analysis& after) {
  Selection again;
  again.range = selection.range;
  if (selection.finding) again.finding = find_again(before, *selection.finding, after);
  if (selection.site) again.site = find_again(before.trace, *selection.site, after.trace);
  if (selection.task < before.trace.tasks.size()) {
    again.task = after.trace.tasks.find(before.trace.tasks.id(selection.task));
  }
  if (selection.stall) again.stall = find_stall_again(before.trace, *selection.stall, after.trace);
  return again;
}

SourcePlace place_of(const model::Frame& frame) {
  return {frame.file, frame.line, detect::function_text(frame)};
}

}  // namespace

void Workspace::open(std::shared_ptr<const Analysis> analysis, bool same_trace) {
  const std::shared_ptr<const Analysis> before = std::exchange(analysis_, std::move(analysis));
  ++generation_;
  if (analysis_ == nullptr || before == nullptr || !same_trace) {
    selection_ = {};
    cursor_.reset();
    filter_.clear();
    source_ = {};
    pane_ = Pane::tasks;
    view_ = whole();
    return;
  }
  selection_ = selected_again(selection_, *before, *analysis_);
  const model::Trace& old = before->trace;
  if (view_.from <= old.begin && view_.to >= old.end) {
    view_ = whole();
  } else if (view_.to >= old.end) {
    const Nanos length = view_.length();
    set_view({subtract_saturating(trace().end, length), trace().end});
  }
}

void Workspace::compare_with(std::shared_ptr<const Analysis> baseline) {
  baseline_ = std::move(baseline);
  if (baseline_ != nullptr) pane_ = Pane::compare;
}

TimeRange Workspace::whole() const {
  if (!loaded()) return {0, kSecond};
  return {trace().begin, std::max(trace().end, add_saturating(trace().begin, kShortestView))};
}

void Workspace::set_view(TimeRange range) {
  const TimeRange all = whole();
  const Nanos longest = all.length();
  const Nanos length = std::clamp(range.length(), std::min(kShortestView, longest), longest);
  // The stretch keeps its length at the ends of the trace.
  const Time from = std::clamp(range.from, all.from, subtract_saturating(all.to, length));
  view_ = {from, add_saturating(from, length)};
}

void Workspace::select_finding(std::size_t finding) {
  if (!loaded() || finding >= analysis_->findings.size()) return;
  selection_.finding = finding;
}

void Workspace::select_site(model::SiteIndex site) {
  if (!loaded() || site >= trace().sites.size()) return;
  selection_.site = site;
  if (pane_ != Pane::map) pane_ = Pane::tasks;
  if (const model::Frame* frame = detect::shown_frame(trace().sites[site])) source_ = place_of(*frame);
}

void Workspace::select_task(model::TaskIndex task) {
  if (!loaded() || task >= trace().tasks.size()) return;
  selection_.task = task;
  selection_.site = trace().tasks.site(task);
  pane_ = Pane::task;
}

void Workspace::select_stall(std::size_t stall) {
  if (!loaded() || stall >= trace().stalls.size()) return;
  selection_.stall = stall;
  pane_ = Pane::stalls;
  if (const model::StallSample* sample = report::telling_sample(trace().stalls[stall])) {
    if (const model::Frame* frame = report::blocking_frame(*sample)) source_ = place_of(*frame);
  }
}

void Workspace::show_finding(std::size_t index) {
  if (!loaded() || index >= analysis_->findings.size()) return;
  const detect::Finding& finding = analysis_->findings[index];
  selection_ = {};
  selection_.finding = index;
  cursor_.reset();
  filter_.clear();
  if (finding.site != model::kNoSite && finding.site < trace().sites.size()) selection_.site = finding.site;
  if (!finding.stack.empty()) {
    source_ = place_of(finding.stack.front());
  } else if (selection_.site) {
    if (const model::Frame* frame = detect::shown_frame(trace().sites[*selection_.site]))
      source_ = place_of(*frame);
  }

  // What blocks is shown by its worst stall, what is pending by its tasks.
  const auto known = std::find_if(finding.stalls.begin(), finding.stalls.end(),
                                  [&](std::uint32_t stall) { return stall < trace().stalls.size(); });
  if (known == finding.stalls.end()) {
    pane_ = Pane::tasks;
    look_at(finding.first, finding.last);
    return;
  }
  pane_ = Pane::stalls;
  selection_.stall = *known;
  const model::Stall& worst = trace().stalls[*known];
  look_at(worst.begin, add_saturating(worst.begin, worst.duration));
}

void Workspace::look_at(Time from, Time to) {
  // Room on both sides, so that one sees what was before and who ran next.
  const Nanos length = std::max<Nanos>(subtract_saturating(to, from), kShortestView);
  const Nanos room = length / 2;
  set_view({subtract_saturating(from, room), add_saturating(to, room)});
}

void Workspace::open_source(const SourcePlace& place) {
  source_ = place;
  pane_ = Pane::source;
}

}  // namespace loopscope::view
