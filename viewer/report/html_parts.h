// The parts of the page, each as the markup of a section; "" if there is nothing to show. Called by html_report. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/report/contents.h"

namespace loopscope::report {

// Takes pieces of markup as long as they fit, so that a page stays small whatever a trace holds.
class Room {
 public:
  explicit Room(std::size_t bytes) : left_(bytes) {}

  // False, and nothing is added, if it does not fit.
  bool add(std::string& out, std::string_view piece) {
    if (piece.size() > left_) return false;
    left_ -= piece.size();
    out += piece;
    return true;
  }

 private:
  std::size_t left_;
};

// Names are cut in the middle beyond this: enough to tell overloads apart.
inline constexpr std::size_t kNameCharacters = 160;
inline constexpr std::size_t kSentenceCharacters = 600;

// html_findings: a card each, worst first; notes behind.
std::string findings_html(const Contents& contents);
// html_plots: pending tasks, and each loop's worst lag and use over the time of the trace.
std::string plots_html(const model::Trace& trace);
// html_stalls: the flame graph of their samples, the lines to blame, the longest ones.
std::string stalls_html(const model::Trace& trace);
// html_tables: loops, tasks by kind, places, who waits for what.
std::string tables_html(const model::Trace& trace);

struct HtmlColumn {
  std::string_view title;
  bool number = true;
};

// Cells are markup. At most `bytes`; `more` ("places") counts the rows that are left out.
std::string table_html(const std::vector<HtmlColumn>& columns,
                       const std::vector<std::vector<std::string>>& rows, std::size_t all_rows,
                       std::string_view more, std::size_t bytes);

// "<span class=fn>on_read</span> <span class=at>src/server.c:97</span>".
std::string place_html(const model::Frame* frame, std::string_view otherwise = "");
std::string place_html(const model::Site& site);

}  // namespace loopscope::report
