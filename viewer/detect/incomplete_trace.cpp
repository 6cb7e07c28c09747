// incomplete-trace: what the trace does not hold, and which numbers of the other findings that touches. A
// recording without losses says nothing; a process that was killed and lost nothing is only mentioned.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

void join(std::string& text, std::string_view part) {
  if (!text.empty()) text += ", ";
  text += part;
}

}  // namespace

std::vector<Finding> incomplete_trace(const model::Trace& trace, const Limits& limits) {
  const model::Integrity& integrity = trace.integrity;
  Finding finding;
  finding.detector = "incomplete-trace";
  finding.first = trace.begin;
  finding.last = trace.end;
  const auto evidence = [&finding](const char* name, std::uint64_t value, const char* unit) {
    if (value > 0) finding.evidence.push_back({name, static_cast<double>(value), unit});
  };

  const bool damaged =
      integrity.damaged_packets > 0 || integrity.missing_packets > 0 || integrity.skipped_bytes > 0;
  const bool cut =
      !integrity.end_seen && !integrity.recovered && trace.end_reason != model::EndReason::running;
  const double all_events = static_cast<double>(trace.events) + static_cast<double>(integrity.lost_events);
  const double lost_share =
      integrity.lost_events ? static_cast<double>(integrity.lost_events) / all_events : 0;

  std::string what;
  if (integrity.lost_events > 0) {
    join(what, fmt::format("{} lost ({})", plural_text(integrity.lost_events, "event", "events"),
                           percent_text(lost_share)));
  }
  if (integrity.damaged_packets > 0) {
    join(what, plural_text(integrity.damaged_packets, "damaged packet", "damaged packets"));
  }
  if (integrity.missing_packets > 0) {
    join(what, plural_text(integrity.missing_packets, "missing packet", "missing packets"));
  }
  if (integrity.damaged_packets == 0 && integrity.skipped_bytes > 0) {
    join(what, fmt::format("{} unreadable", bytes_text(integrity.skipped_bytes)));
  }
  if (integrity.torn_tail) {
    join(what, fmt::format("the file ends inside a packet, at byte {}", count_text(integrity.torn_at)));
  } else if (cut) {
    join(what, "the file ends before the recording did");
  }

  evidence("lost_events", integrity.lost_events, "events");
  if (integrity.lost_events > 0) finding.evidence.push_back({"lost_share", lost_share * 100, "%"});
  evidence("damaged_packets", integrity.damaged_packets, "packets");
  evidence("missing_packets", integrity.missing_packets, "packets");
  evidence("skipped_bytes", integrity.skipped_bytes, "bytes");
  if (integrity.torn_tail)
    finding.evidence.push_back({"torn_at", static_cast<double>(integrity.torn_at), "bytes"});
  evidence("unmatched_events", integrity.unmatched_events, "events");
  if (!integrity.losses.empty()) {
    finding.first = trace.end;
    finding.last = trace.begin;
    for (const model::Integrity::Lost& loss : integrity.losses) {
      finding.first = std::min(finding.first, std::max(loss.from, trace.begin));
      finding.last = std::max(finding.last, std::min(loss.to, trace.end));
    }
    if (finding.last < finding.first) finding.first = trace.begin, finding.last = trace.end;
  }

  if (!what.empty()) {
    finding.count = integrity.lost_events + integrity.damaged_packets + integrity.missing_packets +
                    (integrity.torn_tail || cut ? 1 : 0);
    const bool matters = damaged || cut || integrity.torn_tail || lost_share * 100 >= limits.loss_share;
    finding.severity = matters ? Severity::warning : Severity::info;
    finding.title = "The trace is incomplete: " + what;
    finding.advice =
        "Counts of created and finished tasks are lower bounds, and a task whose end was lost looks "
        "pending.";
    if (integrity.lost_events > 0) {
      finding.advice += " Record with a larger ring (LOOPSCOPE_RING_BYTES).";
    } else if (cut || integrity.torn_tail) {
      finding.advice +=
          " If the process was killed, analyze where it ran: its ring file, in /dev/shm or beside the trace, "
          "holds the rest.";
    }
    return {finding};
  }

  if (trace.end_reason == model::EndReason::running) {
    finding.title = "The program is still running: this is what it has recorded so far";
    finding.advice = "What is pending now may still finish. Analyze again when it has ended.";
    finding.count = 1;
    return {finding};
  }
  if (integrity.recovered) {
    finding.title =
        "The program did not end its trace; the rest was recovered from its ring, nothing is lost";
    finding.advice =
        "All that was recorded is in the report; what is pending may be so only because the program "
        "was killed.";
    finding.count = 1;
    return {finding};
  }
  return {};
}

}  // namespace loopscope::detect
