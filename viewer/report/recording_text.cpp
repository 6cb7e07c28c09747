#include "viewer/report/recording_text.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/report/summary.h"

namespace loopscope::report {

std::string command_line_text(const model::Process& process) {
  std::string text;
  for (const std::string& argument : process.argv) text += (text.empty() ? "" : " ") + argument;
  return text.empty() ? (process.executable.empty() ? "unknown program" : process.executable) : text;
}

std::string recording_text(const model::Trace& trace) {
  const double seconds = static_cast<double>(std::max<Nanos>(trace.duration(), 1)) / 1e9;
  return fmt::format("{} of CPU ({} of one core), {} written, {} events/s", duration_text(trace.agent.cpu_ns),
                     percent_text(static_cast<double>(trace.agent.cpu_ns) / 1e9 / seconds),
                     bytes_text(trace.agent.bytes),
                     count_text(static_cast<std::uint64_t>(static_cast<double>(trace.events) / seconds)));
}

std::string check_text(const model::Trace& trace, const model::ReachabilityCheck& check) {
  std::string text =
      "at " + duration_text(check.at - trace.begin) + (check.at_exit ? ", at the exit: " : ": ");
  if (!check.trouble.empty()) return text + "nothing is proven, " + check.trouble;
  if (check.suspended == 0) {
    text += "no coroutine was suspended";
  } else if (check.unreachable == 0) {
    text += fmt::format("something refers to all of {}",
                        plural_text(check.suspended, "suspended coroutine", "suspended coroutines"));
  } else {
    text += fmt::format("nothing refers to {} of {}", count_text(check.unreachable),
                        plural_text(check.suspended, "suspended coroutine", "suspended coroutines"));
  }
  if (check.elsewhere > 0) {
    text += fmt::format("; {} in memory that is not malloc's, of which nothing can be proven",
                        count_text(check.elsewhere));
  }
  return text + fmt::format(" ({} searched in {}, the program stood still for {})",
                            bytes_text(check.heap_bytes + check.root_bytes), duration_text(check.duration),
                            duration_text(check.pause));
}

std::vector<std::string> what_is_missing(const model::Trace& trace) {
  const model::Integrity& integrity = trace.integrity;
  std::vector<std::string> missing;
  for (const model::Integrity::Lost& loss : integrity.losses) {
    std::string text = loss.reason;
    if (loss.events > 0) text = plural_text(loss.events, "event", "events") + " lost: " + text;
    if (!loss.detail.empty()) text += " (" + loss.detail + ")";
    missing.push_back(std::move(text));
  }
  if (integrity.damaged_packets > 0) {
    missing.push_back(plural_text(integrity.damaged_packets, "damaged packet", "damaged packets"));
  }
  if (integrity.missing_packets > 0) {
    missing.push_back(plural_text(integrity.missing_packets, "missing packet", "missing packets"));
  }
  if (integrity.torn_tail) {
    missing.push_back(
        fmt::format("the file ends inside a packet, at byte {}", count_text(integrity.torn_at)));
  }
  if (integrity.unmatched_events > 0) {
    missing.push_back(plural_text(integrity.unmatched_events, "event", "events") +
                      " without the one they belong to");
  }
  if (!integrity.end_seen && trace.end_reason != model::EndReason::running && !integrity.torn_tail) {
    missing.push_back(integrity.recovered ? "no end was written; the rest was recovered from the ring"
                                          : "no end was written");
  }
  if (const std::uint64_t forgotten = forgotten_tasks(trace); forgotten > 0) {
    missing.push_back(
        fmt::format("read as a stream: {} are known by their sums only, and parents of an "
                    "example may be left out beyond the first",
                    plural_text(forgotten, "finished task", "finished tasks")));
  }
  for (const model::Module& module : trace.modules) {
    const std::string file = module.path.substr(module.path.find_last_of('/') + 1);
    // The agent's own names are nobody's loss.
    if (module.trouble.empty() || file.starts_with("libloopscope_")) continue;
    missing.push_back("no names from " + file + ": " + module.trouble);
  }
  return missing;
}

}  // namespace loopscope::report
