#include "viewer/report/finding_text.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/report/evidence_text.h"

namespace loopscope::report {
namespace {

constexpr std::size_t kMostFrames = 12;

const model::Site* site_of(const model::Trace& trace, const detect::Finding& finding) {
  return finding.site != model::kNoSite && finding.site < trace.sites.size() ? &trace.sites[finding.site]
                                                                             : nullptr;
}

std::string frame_line(const model::Frame& frame) {
  const std::string position = detect::position_text(frame);
  const std::string function = detect::short_function_text(frame);
  return position.empty() ? function : function + " (" + position + ")";
}

}  // namespace

const model::Frame* frame_of(const model::Trace& trace, const detect::Finding& finding) {
  if (!finding.stack.empty()) return &finding.stack.front();
  const model::Site* site = site_of(trace, finding);
  return site == nullptr ? nullptr : detect::shown_frame(*site);
}

std::string place_of(const model::Trace& trace, const detect::Finding& finding) {
  if (!finding.stack.empty()) return detect::frame_text(finding.stack.front());
  const model::Site* site = site_of(trace, finding);
  return site == nullptr ? "" : detect::place_text(*site);
}

std::string details_text(const model::Trace& trace, const detect::Finding& finding) {
  std::string text;
  const auto line = [&text](const std::string& words) { text += words + "\n"; };
  if (const model::Frame* frame = frame_of(trace, finding)) line("at " + frame_line(*frame));
  for (const detect::Evidence& evidence : finding.evidence)
    line(evidence_name(evidence) + ": " + evidence_text(evidence));
  for (const detect::ContextShare& one : finding.contexts) {
    line(fmt::format("{}={}: {}, {}", one.key, one.value, plural_text(one.tasks, "task", "tasks"),
                     duration_text(one.time)));
  }
  const model::Site* site = site_of(trace, finding);
  static const std::vector<model::Frame> kNone;
  const std::vector<model::Frame>& stack = !finding.stack.empty() ? finding.stack
                                           : site != nullptr      ? site->stack
                                                                  : kNone;
  std::size_t frames = 0;
  for (const model::Frame& frame : stack) {
    if (detect::is_agent_frame(frame)) continue;
    if (++frames <= kMostFrames) line("  " + frame_line(frame));
  }
  if (frames > kMostFrames) line(fmt::format("  ... and {} more frames", count_text(frames - kMostFrames)));
  if (!finding.advice.empty()) line(finding.advice);
  return text;
}

}  // namespace loopscope::report
