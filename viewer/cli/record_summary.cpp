#include "viewer/cli/record_summary.h"

#include <algorithm>
#include <filesystem>

#include "viewer/base/text.h"
#include "viewer/cli/shell_quote.h"

namespace loopscope::cli {
namespace {

// More names than that are a folder listing.
constexpr std::size_t kMostNamed = 4;

// In the folder that the user named, in the user's words.
std::string as_asked(const std::string& path, const std::string& asked) {
  namespace fs = std::filesystem;
  return (fs::path(asked).parent_path() / fs::path(path).filename()).string();
}

std::string described(const FinishedTrace& trace, const std::string& asked) {
  return printable_text(as_asked(trace.path, asked)) + " (" + printable_text(trace.program) + ", pid " +
         std::to_string(trace.pid) + ")";
}

std::string nothing_text(const std::string& program) {
  return "loopscope: nothing recorded: no event loop ran in " + printable_text(program) +
         "\nloopscope: a loop waits in libc's epoll_wait, poll or select, again and again"
         "\nloopscope: if the program is to have one, link loopscope::loops into it instead\n";
}

std::string not_yet_text(const std::vector<Survivor>& survivors, const std::string& asked) {
  std::string text = "loopscope: nothing recorded yet; these still run, and record from their first loop on:";
  for (std::size_t i = 0; i < std::min(survivors.size(), kMostNamed); ++i) {
    text += "\nloopscope:   " + printable_text(survivors[i].program) + ", pid " +
            std::to_string(survivors[i].pid);
  }
  return text + "\nloopscope: when they have ended: loopscope analyze " + shell_quote(asked) + "\n";
}

}  // namespace

std::string summary_text(const std::vector<FinishedTrace>& traces, const std::vector<Survivor>& survivors,
                         const std::string& program, const std::string& asked) {
  if (traces.empty() && !survivors.empty()) return not_yet_text(survivors, asked);
  if (traces.empty()) return nothing_text(program);
  std::string text = "loopscope: recorded ";
  for (std::size_t i = 0; i < std::min(traces.size(), kMostNamed); ++i) {
    text += (i == 0 ? "" : ", ") + described(traces[i], asked);
  }
  if (traces.size() > kMostNamed) text += " and " + std::to_string(traces.size() - kMostNamed) + " more";

  FinishedTrace sum;
  std::int64_t longest = 0;
  for (const FinishedTrace& trace : traces) {
    sum.events += trace.events;
    sum.lost_events += trace.lost_events;
    sum.recovered_events += trace.recovered_events;
    sum.bytes += trace.bytes;
    longest = std::max(longest, trace.duration_ns);
  }
  text += "\nloopscope: " + plural_text(sum.events, "event", "events") + " in " + duration_text(longest) +
          ", " + (sum.lost_events == 0 ? "none" : count_text(sum.lost_events)) + " lost, " +
          bytes_text(sum.bytes);
  if (sum.recovered_events != 0)
    text += ", " + count_text(sum.recovered_events) + " of them recovered after it died";

  text += "\nloopscope: loopscope analyze";
  for (std::size_t i = 0; i < std::min(traces.size(), kMostNamed); ++i) {
    text += " " + shell_quote(as_asked(traces[i].path, asked));
  }
  text += "\n";
  for (const FinishedTrace& trace : traces) {
    if (trace.running) {
      text += "loopscope: pid " + std::to_string(trace.pid) + " still runs and goes on recording to " +
              printable_text(as_asked(trace.path, asked)) + "\n";
    }
    if (!trace.problem.empty()) {
      text += "loopscope: " + printable_text(as_asked(trace.path, asked)) + ": " +
              printable_text(trace.problem) + "\n";
    }
  }
  return text;
}

}  // namespace loopscope::cli
