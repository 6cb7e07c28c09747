// What the overview says about a trace: the process, what is missing, and one card a finding. Words and numbers are
// those of the reports. Made once an analysis; the curves of what is pending take a look at every task and come from a
// thread of their own. Pure, any thread.
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "viewer/analysis.h"
#include "viewer/model/pending_curve.h"
#include "viewer/view/time_range.h"

namespace loopscope::view {

struct ProcessFacts {
  std::string program;       // its base name
  std::string command_line;  // "unknown program" if the trace has none
  std::uint32_t pid = 0;     // 0: unknown
  std::string started_at;    // ISO 8601 in UTC; "" if unknown
  std::string duration;
  std::string events;       // "1,009 events"
  std::string lost_events;  // "23 events lost"; "" if none
  std::string end;          // "exit code 0"
  std::string recording;    // what recording cost
};

// Points of a curve over the whole trace, each of them a slice of it.
inline constexpr std::size_t kCurvePoints = model::PendingCurve::kSlices;

struct Curve {
  enum class Kind : std::uint8_t {
    none,     // the finding has no place in time
    blocked,  // ms of stalls
    pending,  // tasks, on average
    lag,      // worst, in ms
    busy,     // share of the loop's time, %
  };
  Kind kind = Kind::none;
  std::vector<float> values;  // kCurvePoints of them, or none
};

struct FindingCard {
  std::size_t finding = 0;  // into Analysis::findings
  detect::Severity severity = detect::Severity::info;
  std::string detector;
  std::string title;
  std::string place;   // "save (store.cpp:71)"; "" if it is at no place
  model::Frame frame;  // the line behind `place`; without file and function if there is none
  std::string price;   // what it costs: "333 ms blocked", "83 tasks retained"; "" if nothing can be said
  std::vector<std::pair<std::string, std::string>>
      evidence;  // name and number, in the order in which to read them
  std::string advice;
  Curve curve;  // Kind::pending: to be filled from pending_curves()
  TimeRange range;
};

struct FindingCards {
  ProcessFacts process;
  detect::Verdict::Status status = detect::Verdict::Status::healthy;
  std::string headline;
  // What is missing from the trace, as in the text report; at most kMostRemarks, then "and N more".
  std::vector<std::string> remarks;
  std::vector<FindingCard> cards;  // worst first

  static constexpr std::size_t kMostRemarks = 23;
};

// O(findings, stalls): fit for a frame.
FindingCards finding_cards(const Analysis& analysis);

// For each finding its curve if that is one of pending tasks, else an empty one. Goes over all tasks once; what it has is
// incomplete if it was told to stop.
std::vector<Curve> pending_curves(const Analysis& analysis, const std::stop_token& stop);

// The cards as text: process and remarks, then a line a card with tab-separated cells.
std::string cards_text(const FindingCards& cards);

}  // namespace loopscope::view
