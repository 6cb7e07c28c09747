#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/await_chain.h"
#include "viewer/detect/place.h"
#include "viewer/report/html_parts.h"
#include "viewer/report/markup.h"
#include "viewer/report/summary.h"

namespace loopscope::report {
namespace {

constexpr std::size_t kTableBytes = 40'000;
constexpr std::size_t kMostRows = 40;

using Rows = std::vector<std::vector<std::string>>;

std::string quantile_text(const Histogram& histogram, double q) {
  return histogram.count() == 0 ? "-" : duration_text(histogram.quantile(q));
}

std::string loops_html(const model::Trace& trace) {
  const std::vector<LoopStalls> stalls = stalls_by_loop(trace);
  Rows rows;
  std::size_t all = 0;
  for (std::size_t at = 0; at < trace.loops.size(); ++at) {
    const model::Loop& loop = trace.loops[at];
    if (loop.ticks == 0 && loop.lag.count() == 0) continue;
    if (++all > kMostRows) continue;
    const std::string& own = loop.name.empty() ? loop.thread : loop.name;
    rows.push_back({escaped(fmt::format("{} {} {}", loop.id, loop.kind, own), 60), count_text(loop.ticks),
                    duration_text(loop.busy_ns), percent_text(utilization(loop)),
                    quantile_text(loop.lag, 0.5), quantile_text(loop.lag, 0.99),
                    loop.lag.count() ? duration_text(loop.lag.max()) : "-", count_text(stalls[at].stalls),
                    duration_text(stalls[at].blocked)});
  }
  if (rows.empty()) return "";
  return "<section id=\"loops\"><h2>Loops</h2>\n" +
         table_html({{"loop", false},
                     {"ticks"},
                     {"busy"},
                     {"used"},
                     {"lag p50"},
                     {"lag p99"},
                     {"lag max"},
                     {"stalls"},
                     {"blocked"}},
                    rows, all, "loops", kTableBytes) +
         "</section>\n";
}

std::string kinds_html(const model::Trace& trace) {
  const TaskSummary tasks = summary_of_tasks(trace);
  if (tasks.created == 0) return "";
  Rows rows;
  for (const KindSummary& kind : tasks.by_kind) {
    if (rows.size() == kMostRows) break;
    rows.push_back({escaped(kind.kind.empty() ? "unknown" : kind.kind, 60), count_text(kind.created),
                    count_text(kind.finished), count_text(kind.pending), quantile_text(kind.lifetime, 0.5),
                    quantile_text(kind.lifetime, 0.99), quantile_text(kind.queue, 0.99)});
  }
  return fmt::format(
             "<section id=\"tasks\"><h2>Tasks</h2>\n<p>{} in all, at most {} pending at once; {} failed, {} "
             "cancelled, {} abandoned</p>\n",
             count_text(tasks.created), count_text(trace.peak_pending), count_text(tasks.failed),
             count_text(tasks.cancelled), count_text(tasks.abandoned)) +
         table_html({{"kind", false},
                     {"created"},
                     {"finished"},
                     {"pending"},
                     {"lifetime p50"},
                     {"p99"},
                     {"queue p99"}},
                    rows, tasks.by_kind.size(), "kinds", kTableBytes) +
         "</section>\n";
}

std::string sites_html(const model::Trace& trace) {
  const std::vector<model::SiteIndex> order = sites_by_pending(trace);
  if (order.empty()) return "";
  const std::vector<Nanos> oldest = oldest_pending_age(trace);
  const bool has_bytes = std::any_of(trace.sites.begin(), trace.sites.end(),
                                     [](const model::Site& site) { return site.with_bytes > 0; });
  Rows rows;
  for (const model::SiteIndex index : order) {
    if (rows.size() == kMostRows) break;
    const model::Site& site = trace.sites[index];
    const char* remark = site.is(model::kTeardown)       ? " (closing)"
                         : site.is(model::kInternal)     ? " (internal)"
                         : site.is(model::kSubscription) ? " (subscription)"
                                                         : "";
    rows.push_back({escaped(site.kind.empty() ? "unknown" : site.kind, 40) + remark, place_html(site),
                    count_text(site.created), count_text(site.pending()),
                    site.pending() == 0 ? "-" : duration_text(oldest[index]), count_text(site.failed),
                    quantile_text(site.lifetime, 0.5), quantile_text(site.lifetime, 0.99),
                    duration_text(site.run_ns)});
    if (has_bytes) rows.back().push_back(site.with_bytes == 0 ? "-" : bytes_text(site.bytes));
  }
  std::vector<HtmlColumn> columns{
      {"kind", false}, {"created at", false}, {"created"}, {"pending"}, {"oldest"},
      {"failed"},      {"lifetime p50"},      {"p99"},     {"ran"}};
  if (has_bytes) columns.push_back({"transferred"});
  return "<section id=\"sites\"><h2>Places that create tasks</h2>\n" +
         table_html(columns, rows, order.size(), "places", kTableBytes) + "</section>\n";
}

// Who waits for what in the end.
std::string awaits_html(const model::Trace& trace) {
  const detect::PendingAwaits awaits(trace);
  const std::vector<detect::AwaitChain> chains = awaits.all();
  if (chains.empty()) return "";
  Rows rows;
  for (const detect::AwaitChain& chain : chains) {
    if (rows.size() == kMostRows) break;
    constexpr std::size_t kMostSteps = 12;
    std::string steps = "<ol class=\"chain\">";
    for (std::size_t at = 0; at < std::min(chain.steps.size(), kMostSteps); ++at)
      steps += "<li>" + place_html(&chain.steps[at].at) + "</li>";
    if (chain.steps.size() > kMostSteps)
      steps += fmt::format("<li>... and {} more</li>", chain.steps.size() - kMostSteps);
    steps += "</ol>";
    const std::string what = chain.cycle               ? "each other: they never go on"
                             : chain.waits_for.empty() ? "-"
                                                       : escaped(chain.waits_for, kNameCharacters);
    rows.push_back({count_text(chain.count), duration_text(chain.oldest), steps, what});
  }
  return "<section id=\"waits\"><h2>Who waits for what</h2>\n" +
         table_html({{"waiting"}, {"oldest"}, {"from whom to whom", false}, {"for", false}}, rows,
                    chains.size(), "chains", kTableBytes) +
         "</section>\n";
}

}  // namespace

std::string table_html(const std::vector<HtmlColumn>& columns,
                       const std::vector<std::vector<std::string>>& rows, std::size_t all_rows,
                       std::string_view more, std::size_t bytes) {
  std::string html = "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>";
  for (const HtmlColumn& column : columns)
    html += fmt::format("<th scope=\"col\"{}>{}</th>", column.number ? " class=\"n\"" : "", column.title);
  html += "</tr></thead><tbody>\n";
  Room room(bytes);
  std::size_t shown = 0;
  for (const std::vector<std::string>& cells : rows) {
    std::string row = "<tr>";
    for (std::size_t at = 0; at < columns.size(); ++at)
      row += fmt::format("<td{}>{}</td>", columns[at].number ? " class=\"n\"" : "", cells[at]);
    if (!room.add(html, row + "</tr>\n")) break;
    ++shown;
  }
  html += "</tbody></table></div>\n";
  if (shown < all_rows)
    html += fmt::format("<p class=\"more\">... and {} more {}; --format json has them</p>\n",
                        count_text(all_rows - shown), more);
  return html;
}

std::string place_html(const model::Frame* frame, std::string_view otherwise) {
  if (frame == nullptr) return escaped(otherwise, kNameCharacters);
  const std::string position = detect::position_text(*frame);
  return "<span class=\"fn\">" + escaped(detect::short_function_text(*frame), kNameCharacters) + "</span>" +
         (position.empty() ? "" : " <span class=\"at\">" + escaped(position, kNameCharacters) + "</span>");
}

std::string place_html(const model::Site& site) { return place_html(detect::shown_frame(site), "unknown"); }

std::string tables_html(const model::Trace& trace) {
  return loops_html(trace) + kinds_html(trace) + sites_html(trace) + awaits_html(trace);
}

}  // namespace loopscope::report
