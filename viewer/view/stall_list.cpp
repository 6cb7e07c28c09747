#include "viewer/view/stall_list.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "viewer/detect/place.h"
#include "viewer/report/summary.h"
#include "viewer/view/tab_text.h"
#include "viewer/view/word_match.h"

namespace loopscope::view {
namespace {

// A label comes from some task on the way to the first one; damaged traces may have no end of them.
constexpr std::size_t kMostParents = 64;
constexpr std::size_t kMostLabels = 64;

// Which labels a task has, its own and its parents'.
class Labels {
 public:
  explicit Labels(const model::Trace& trace) : trace_(trace) {
    for (std::size_t at = 0; at < trace.labels.size(); ++at) {
      std::vector<std::size_t>& own = by_task_[trace.labels[at].task];
      if (own.size() < kMostLabels) own.push_back(at);
    }
  }

  std::string words_of(model::TaskIndex task) const {
    if (by_task_.empty() || task >= trace_.tasks.size()) return "";
    std::vector<model::TaskIndex> line = report::parents_of(trace_, task, kMostParents);
    line.insert(line.begin(), task);
    std::vector<std::string> keys;
    std::string words;
    for (const model::TaskIndex one : line) {
      const auto own = by_task_.find(one);
      if (own == by_task_.end()) continue;
      for (const std::size_t at : own->second) {
        const model::Label& label = trace_.labels[at];
        // What a descendant says anew is no longer inherited.
        if (keys.size() >= kMostLabels || std::find(keys.begin(), keys.end(), label.key) != keys.end())
          continue;
        keys.push_back(label.key);
        words += " " + label.key + "=" + label.value;
      }
    }
    return words;
  }

 private:
  const model::Trace& trace_;
  std::unordered_map<model::TaskIndex, std::vector<std::size_t>> by_task_;
};

// A thread in a system call is better told by which one.
const std::string& cause_of(const StallRow& row) {
  return row.cause == "system call" && !row.system_call.empty() ? row.system_call : row.cause;
}

// Texts are compared once, so that sorting by them is as quick as by numbers.
template <class Text>
void rank_by(std::vector<StallRow>& rows, Text text, std::uint32_t StallRow::*rank) {
  std::vector<std::uint32_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return text(rows[a]) < text(rows[b]); });
  for (std::size_t at = 1; at < order.size(); ++at) {
    const StallRow& before = rows[order[at - 1]];
    StallRow& row = rows[order[at]];
    row.*rank = before.*rank + (text(before) != text(row) ? 1 : 0);
  }
}

std::uint64_t number_of(const model::Trace& trace, model::TaskIndex task) {
  return task < trace.tasks.size() ? trace.tasks.id(task) : 0;
}

std::string place_of_task(const model::Trace& trace, model::TaskIndex task) {
  if (task >= trace.tasks.size()) return "";
  const model::SiteIndex site = trace.tasks.site(task);
  return site < trace.sites.size() ? detect::place_text(trace.sites[site]) : "";
}

}  // namespace

std::vector<StallRow> stall_rows(const model::Trace& trace) {
  const Labels labels(trace);
  std::vector<StallRow> rows;
  rows.reserve(trace.stalls.size());
  for (std::size_t at = 0; at < trace.stalls.size(); ++at) {
    const model::Stall& stall = trace.stalls[at];
    StallRow& row = rows.emplace_back();
    row.stall = at;
    row.begin = stall.begin;
    row.duration = stall.duration;
    row.ended = stall.ended;
    row.loop = stall.loop < trace.loops.size() ? trace.loops[stall.loop].id : 0;
    row.thread = report::thread_name(trace, stall.thread);
    row.cause = stall.cause;
    row.system_call = report::system_call_of(stall);
    row.where = report::where_text(trace, stall);
    row.task = number_of(trace, stall.task);
    row.waited = report::waited_for(trace, stall);
    row.samples = stall.samples.size();
    row.words = row.cause + " " + row.system_call + " " + row.where + " " + row.thread + " " +
                place_of_task(trace, stall.task) + labels.words_of(stall.task);
  }
  rank_by(rows, cause_of, &StallRow::by_cause);
  rank_by(
      rows, [](const StallRow& row) -> const std::string& { return row.where; }, &StallRow::by_where);
  return rows;
}

std::vector<std::uint32_t> shown_stalls(const std::vector<StallRow>& rows, const model::Trace& trace,
                                        std::string_view words, const StallSelection& selection,
                                        StallColumn column, bool descending) {
  std::vector<std::uint32_t> shown;
  const bool all = selection == StallSelection{};
  for (std::uint32_t at = 0; at < rows.size(); ++at) {
    if (!all && !is_selected(selection, trace, rows[at].stall)) continue;
    if (has_all_words(rows[at].words, words)) shown.push_back(at);
  }
  const auto sort_by = [&](auto key) {
    std::sort(shown.begin(), shown.end(), [&](std::uint32_t a, std::uint32_t b) {
      const auto& left = key(rows[a]);
      const auto& right = key(rows[b]);
      if (left != right) return descending ? right < left : left < right;
      return a < b;
    });
  };
  using Row = StallRow;
  switch (column) {
    case StallColumn::begin: sort_by([](const Row& row) { return row.begin; }); break;
    case StallColumn::duration: sort_by([](const Row& row) { return row.duration; }); break;
    case StallColumn::loop: sort_by([](const Row& row) { return row.loop; }); break;
    case StallColumn::cause: sort_by([](const Row& row) { return row.by_cause; }); break;
    case StallColumn::where: sort_by([](const Row& row) { return row.by_where; }); break;
    case StallColumn::task: sort_by([](const Row& row) { return row.task; }); break;
    case StallColumn::waited: sort_by([](const Row& row) { return row.waited.tasks; }); break;
    case StallColumn::waited_time: sort_by([](const Row& row) { return row.waited.total; }); break;
    case StallColumn::samples: sort_by([](const Row& row) { return row.samples; }); break;
  }
  return shown;
}

std::string cause_text(const StallRow& row) { return cause_of(row).empty() ? "-" : cause_of(row); }

std::vector<WaitingTask> who_waited(const model::Trace& trace, std::size_t stall) {
  std::vector<WaitingTask> waiting;
  if (stall >= trace.stalls.size()) return waiting;
  for (const model::Waited& one : trace.waited) {
    if (!report::waited_because_of(trace.stalls[stall], one) || one.task >= trace.tasks.size()) continue;
    waiting.push_back(
        {one.task, number_of(trace, one.task), place_of_task(trace, one.task), one.from, one.waited});
  }
  std::stable_sort(waiting.begin(), waiting.end(),
                   [](const WaitingTask& a, const WaitingTask& b) { return a.waited > b.waited; });
  return waiting;
}

std::string stalls_text(const std::vector<StallRow>& rows, const std::vector<std::uint32_t>& shown) {
  std::string text;
  add_row(text, {"start_ms", "duration_ms", "ended", "loop", "thread", "cause", "system_call", "where",
                 "task", "waited_tasks", "waited_total_ms", "samples"});
  for (const std::uint32_t at : shown) {
    const StallRow& row = rows[at];
    add_row(text,
            {ms_text(row.begin), ms_text(row.duration), row.ended ? "yes" : "no", std::to_string(row.loop),
             row.thread, row.cause, row.system_call, row.where, std::to_string(row.task),
             std::to_string(row.waited.tasks), ms_text(row.waited.total), std::to_string(row.samples)});
  }
  return text;
}

std::string waiting_text(const std::vector<WaitingTask>& waiting) {
  std::string text;
  add_row(text, {"task", "place", "from_ms", "waited_ms"});
  for (const WaitingTask& one : waiting)
    add_row(text, {std::to_string(one.number), one.place, ms_text(one.from), ms_text(one.waited)});
  return text;
}

}  // namespace loopscope::view
