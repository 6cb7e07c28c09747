#include "viewer/view/finding_cards.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/detect/site_groups.h"
#include "viewer/report/evidence_text.h"
#include "viewer/report/finding_price.h"
#include "viewer/report/recording_text.h"
#include "viewer/report/summary.h"
#include "viewer/view/tab_text.h"

namespace loopscope::view {
namespace {

using detect::Finding;

// The whole trace in kCurvePoints slices.
class Slices {
 public:
  explicit Slices(const model::Trace& trace)
      : begin_(trace.begin),
        length_(static_cast<double>(std::max<Nanos>(subtract_saturating(trace.end, trace.begin), 1)) /
                static_cast<double>(kCurvePoints)) {}

  // Adds to each slice the ms of it that [from, to) covers.
  void cover(Time from, Time to, std::vector<float>& values) const {
    const double first = place_of(from);
    const double last = place_of(to);
    for (auto slice = static_cast<std::size_t>(first); slice < kCurvePoints; ++slice) {
      const auto left = static_cast<double>(slice);
      const double part = std::min(last, left + 1) - std::max(first, left);
      if (part <= 0) break;
      values[slice] += static_cast<float>(part * length_ / 1e6);
    }
  }

  double length() const { return length_; }

 private:
  // In slices, 0 .. kCurvePoints.
  double place_of(Time at) const {
    const auto since = static_cast<double>(subtract_saturating(at, begin_));
    return std::clamp(since / length_, 0.0, static_cast<double>(kCurvePoints));
  }

  Time begin_;
  double length_;
};

// From the model's slices to fewer: `join` takes what a point has and the value of one more slice.
template <class Join>
std::vector<float> fewer_points(const std::vector<Nanos>& slices, Join join) {
  std::vector<float> values(kCurvePoints, 0.0F);
  for (std::size_t slice = 0; slice < slices.size(); ++slice) {
    float& value = values[slice * kCurvePoints / slices.size()];
    value = join(value, static_cast<float>(to_ms(std::max<Nanos>(slices[slice], 0))));
  }
  return values;
}

bool is_about_pending(const Finding& finding) {
  return finding.detector == "leaked-task" || finding.detector == "growing-backlog";
}

Curve curve_of(const model::Trace& trace, const Finding& finding) {
  Curve curve;
  const Slices slices(trace);
  if (!finding.stalls.empty()) {
    curve.kind = Curve::Kind::blocked;
    curve.values.assign(kCurvePoints, 0.0F);
    for (const std::uint32_t index : finding.stalls) {
      if (index >= trace.stalls.size()) continue;
      const model::Stall& stall = trace.stalls[index];
      slices.cover(stall.begin, add_saturating(stall.begin, stall.duration), curve.values);
    }
  } else if (is_about_pending(finding)) {
    curve.kind = Curve::Kind::pending;
  } else if (finding.loop < trace.loops.size()) {
    const model::Loop& loop = trace.loops[finding.loop];
    if (finding.detector == "saturated-loop") {
      curve.kind = Curve::Kind::busy;
      curve.values = fewer_points(loop.busy_by_slice, [](float all, float one) { return all + one; });
      for (float& value : curve.values) value *= static_cast<float>(100 / (slices.length() / 1e6));
    } else {
      curve.kind = Curve::Kind::lag;
      curve.values =
          fewer_points(loop.worst_lag_by_slice, [](float worst, float one) { return std::max(worst, one); });
    }
  }
  return curve;
}

FindingCard card_of(const model::Trace& trace, const Finding& finding, std::size_t index) {
  FindingCard card;
  card.finding = index;
  card.severity = finding.severity;
  card.detector = finding.detector;
  card.title = finding.title;
  card.advice = finding.advice;
  card.price = report::price_of(finding).text;
  card.range = {finding.first, finding.last};
  for (const detect::Evidence& evidence : finding.evidence) {
    card.evidence.emplace_back(report::evidence_name(evidence), report::evidence_text(evidence));
  }
  if (!finding.stack.empty()) {
    card.frame = finding.stack.front();
    card.place = detect::frame_text(card.frame);
  } else if (finding.site != model::kNoSite && finding.site < trace.sites.size()) {
    const model::Site& site = trace.sites[finding.site];
    if (const model::Frame* frame = detect::shown_frame(site)) card.frame = *frame;
    card.place = detect::place_text(site);
  }
  card.curve = curve_of(trace, finding);
  return card;
}

ProcessFacts facts_of(const model::Trace& trace) {
  ProcessFacts facts;
  facts.program = report::program_name(trace.process);
  facts.command_line = report::command_line_text(trace.process);
  facts.pid = trace.process.pid;
  facts.started_at = report::utc_text(trace.process.started_at_unix_ns);
  facts.duration = duration_text(trace.duration());
  facts.events = plural_text(trace.events, "event", "events");
  if (const std::uint64_t lost = trace.integrity.lost_events; lost > 0)
    facts.lost_events = plural_text(lost, "event lost", "events lost");
  facts.end = report::end_text(trace);
  facts.recording = report::recording_text(trace);
  return facts;
}

std::string_view name_of(Curve::Kind kind) {
  switch (kind) {
    case Curve::Kind::blocked: return "ms blocked";
    case Curve::Kind::pending: return "tasks pending";
    case Curve::Kind::lag: return "ms late";
    case Curve::Kind::busy: return "% busy";
    case Curve::Kind::none: break;
  }
  return "";
}

}  // namespace

FindingCards finding_cards(const Analysis& analysis) {
  FindingCards cards;
  cards.process = facts_of(analysis.trace);
  cards.status = analysis.verdict.status;
  cards.headline = analysis.verdict.headline;
  cards.remarks = report::what_is_missing(analysis.trace);
  if (const std::size_t all = cards.remarks.size(); all > FindingCards::kMostRemarks) {
    cards.remarks.resize(FindingCards::kMostRemarks);
    cards.remarks.push_back(fmt::format("and {} more", count_text(all - FindingCards::kMostRemarks)));
  }
  for (std::size_t index = 0; index < analysis.findings.size(); ++index) {
    cards.cards.push_back(card_of(analysis.trace, analysis.findings[index], index));
  }
  return cards;
}

std::vector<Curve> pending_curves(const Analysis& analysis, const std::stop_token& stop) {
  constexpr model::TaskIndex kTasksBetweenLooks = 1U << 16;
  constexpr std::uint8_t kNone = UINT8_MAX;
  const model::Trace& trace = analysis.trace;
  std::vector<Curve> curves(analysis.findings.size());

  // Findings judge places: two of one place share its curve.
  const detect::SiteGroups places(trace);
  std::vector<model::PendingCurve> sums;
  std::vector<std::uint8_t> sum_of_place(places.size(), kNone);
  for (const Finding& finding : analysis.findings) {
    if (!is_about_pending(finding) || finding.site >= trace.sites.size()) continue;
    std::uint8_t& sum = sum_of_place[places.of(finding.site)];
    if (sum != kNone || sums.size() == kNone) continue;
    sum = static_cast<std::uint8_t>(sums.size());
    sums.emplace_back();
  }
  if (sums.empty()) return curves;

  std::vector<std::uint8_t> sum_of_site(trace.sites.size(), kNone);
  for (model::SiteIndex site = 0; site < trace.sites.size(); ++site) {
    sum_of_site[site] = sum_of_place[places.of(site)];
    if (sum_of_site[site] != kNone && site < trace.forgotten.size())
      sums[sum_of_site[site]].merge(trace.forgotten[site].pending);
  }
  const model::TaskTable& tasks = trace.tasks;
  for (model::TaskIndex task = 0; task < tasks.size(); ++task) {
    if (task % kTasksBetweenLooks == 0 && stop.stop_requested()) return curves;
    const std::uint32_t site = tasks.site(task);
    if (site >= sum_of_site.size() || sum_of_site[site] == kNone) continue;
    sums[sum_of_site[site]].add(tasks.created(task), tasks.finished(task), trace.begin, trace.end);
  }
  for (std::size_t index = 0; index < curves.size(); ++index) {
    const Finding& finding = analysis.findings[index];
    if (!is_about_pending(finding) || finding.site >= trace.sites.size()) continue;
    const std::uint8_t sum = sum_of_site[finding.site];
    if (sum == kNone) continue;
    curves[index].kind = Curve::Kind::pending;
    for (const double mean : sums[sum].means()) curves[index].values.push_back(static_cast<float>(mean));
  }
  return curves;
}

std::string cards_text(const FindingCards& cards) {
  std::string text;
  const ProcessFacts& process = cards.process;
  add_row(text, {process.command_line});
  add_row(text, {"pid", process.pid == 0 ? "" : fmt::format("{}", process.pid)});
  add_row(text, {"started", process.started_at});
  add_row(text, {"duration", process.duration});
  add_row(text, {"events", process.events, process.lost_events});
  add_row(text, {"end", process.end});
  add_row(text, {"recording", process.recording});
  add_row(text, {"verdict", std::string(detect::name_of(cards.status)), cards.headline});
  for (const std::string& remark : cards.remarks) add_row(text, {"missing", remark});
  text += '\n';
  add_row(text, {"severity", "detector", "title", "price", "place", "evidence", "curve", "advice"});
  for (const FindingCard& card : cards.cards) {
    std::string evidence;
    for (const auto& [name, value] : card.evidence) {
      evidence += (evidence.empty() ? "" : "; ") + name + " " + value;
    }
    add_row(text, {std::string(detect::name_of(card.severity)), card.detector, card.title, card.price,
                   card.place, evidence, std::string(name_of(card.curve.kind)), card.advice});
  }
  return text;
}

}  // namespace loopscope::view
