#include "viewer/view/task_groups.h"

#include <algorithm>
#include <array>
#include <compare>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/report/columns.h"
#include "viewer/report/summary.h"

namespace loopscope::view {
namespace {

constexpr std::size_t kTrendPoints = 48;

// All that a filter may find of a site, a piece a line, so that no word is found across two.
std::string words_of(const SiteRow& row, const model::Site& site) {
  std::string words = row.place + '\n' + row.kind + '\n' + row.name;
  if (const model::Frame* frame = detect::shown_frame(site)) {
    words +=
        '\n' + detect::function_text(*frame) + '\n' + detect::position_text(*frame) + '\n' + frame->module;
  }
  return lower_case(words);
}

std::string rate_text(double per_second) {
  // Beyond that no integer holds it, and no program creates so many.
  constexpr double kMostCounted = 1e15;
  if (per_second < 1000 || per_second > kMostCounted) return fmt::format("{:.3g} /s", per_second);
  return count_text(static_cast<std::uint64_t>(per_second + 0.5)) + " /s";
}

template <class T>
std::weak_ordering order(const T& a, const T& b) {
  return a < b   ? std::weak_ordering::less
         : b < a ? std::weak_ordering::greater
                 : std::weak_ordering::equivalent;
}

std::weak_ordering compare(const SiteRow& a, const SiteRow& b, const PendingThen& then, SiteColumn column) {
  switch (column) {
    case SiteColumn::place: return order(a.place, b.place);
    case SiteColumn::kind: return order(a.kind, b.kind);
    case SiteColumn::created: return order(a.created, b.created);
    case SiteColumn::finished: return order(a.finished, b.finished);
    case SiteColumn::pending: return order(a.pending, b.pending);
    case SiteColumn::rate: return order(a.created_per_second, b.created_per_second);
    case SiteColumn::lifetime_p50: return order(a.lifetime_p50, b.lifetime_p50);
    case SiteColumn::lifetime_p99: return order(a.lifetime_p99, b.lifetime_p99);
    case SiteColumn::queue_p99: return order(a.queue_p99, b.queue_p99);
    case SiteColumn::run: return order(a.run, b.run);
    case SiteColumn::oldest_pending: return order(a.oldest_pending, b.oldest_pending);
    case SiteColumn::never_finished: return order(a.never_finished, b.never_finished);
    case SiteColumn::pending_now:
    case SiteColumn::trend:
    case SiteColumn::count_of_them: break;
  }
  return order(then.of_site(a.site), then.of_site(b.site));
}

bool passes(const SiteRow& row, const PendingThen& then, const SiteFilter& filter) {
  if (filter.pending_only && then.of_site(row.site) == 0) return false;
  if (!filter.words.plain_words_in(row.words)) return false;
  return filter.words.label_words_in(row.words) ||
         (filter.labelled != nullptr && filter.labelled->at_site(row.site));
}

}  // namespace

std::vector<SiteRow> site_rows(const model::Trace& trace) {
  const std::vector<Nanos> oldest = report::oldest_pending_age(trace);
  std::vector<SiteRow> rows;
  for (const model::SiteIndex index : report::sites_by_pending(trace)) {
    const model::Site& site = trace.sites[index];
    SiteRow& row = rows.emplace_back();
    row.site = index;
    row.place = detect::place_text(site);
    row.kind = site.kind;
    row.name = site.name;
    row.created = site.created;
    row.finished = site.finished;
    row.pending = site.pending();
    row.failed = site.failed;
    row.cancelled = site.cancelled;
    row.abandoned = site.abandoned;
    row.created_per_second = report::created_per_second(trace, site);
    row.never_finished = report::share_never_finished(site);
    row.lifetime_p50 = site.lifetime.quantile(0.5);
    row.lifetime_p99 = site.lifetime.quantile(0.99);
    row.queue_p99 = site.queue_delay.quantile(0.99);
    row.run = site.run_ns;
    row.oldest_pending = oldest[index];
    row.words = words_of(row, site);
  }
  return rows;
}

PendingThen::PendingThen(const model::Trace& trace, std::optional<Time> at) {
  if (at && trace.timeline.kept) {
    by_site_ = trace.timeline.pending.pending_by_site_at(trace.tasks, *at);
    return;
  }
  known_ = !at;
  by_site_.reserve(trace.sites.size());
  for (const model::Site& site : trace.sites) by_site_.push_back(site.pending());
}

std::vector<float> pending_trend(const model::Trace& trace, model::SiteIndex site, Time now) {
  if (!trace.timeline.kept || now <= trace.begin) return {};
  const std::vector<std::uint64_t> counts =
      trace.timeline.pending.curve_of_site(site, trace.begin, now, kTrendPoints);
  std::vector<float> values;
  values.reserve(counts.size());
  for (const std::uint64_t count : counts) values.push_back(static_cast<float>(count));
  return values;
}

std::vector<std::uint32_t> shown_sites(const std::vector<SiteRow>& rows, const PendingThen& then,
                                       const SiteFilter& filter, const SiteOrder& wanted) {
  std::vector<std::uint32_t> shown;
  for (std::uint32_t at = 0; at < rows.size(); ++at) {
    if (passes(rows[at], then, filter)) shown.push_back(at);
  }
  if (!wanted.column) return shown;
  std::stable_sort(shown.begin(), shown.end(), [&](std::uint32_t a, std::uint32_t b) {
    const std::weak_ordering found = compare(rows[a], rows[b], then, *wanted.column);
    if (found != 0) return wanted.descending ? found > 0 : found < 0;
    return rows[a].site < rows[b].site;
  });
  return shown;
}

const char* column_name(SiteColumn column) {
  static constexpr std::array<const char*, static_cast<std::size_t>(SiteColumn::count_of_them)> kNames{
      "Created at",   "Kind",         "Created",   "Finished", "Pending", "Then",           "Rate",
      "Lifetime p50", "Lifetime p99", "Queue p99", "Run time", "Oldest",  "Never finished", "Trend"};
  const auto at = static_cast<std::size_t>(column);
  return at < kNames.size() ? kNames[at] : "";
}

std::string cell_text(const SiteRow& row, const PendingThen& then, SiteColumn column) {
  switch (column) {
    case SiteColumn::place: return row.name.empty() ? row.place : row.name + ": " + row.place;
    case SiteColumn::kind: return row.kind;
    case SiteColumn::created: return count_text(row.created);
    case SiteColumn::finished: return count_text(row.finished);
    case SiteColumn::pending: return count_text(row.pending);
    case SiteColumn::pending_now: return count_text(then.of_site(row.site));
    case SiteColumn::rate: return rate_text(row.created_per_second);
    case SiteColumn::lifetime_p50: return row.finished == 0 ? "" : duration_text(row.lifetime_p50);
    case SiteColumn::lifetime_p99: return row.finished == 0 ? "" : duration_text(row.lifetime_p99);
    case SiteColumn::queue_p99: return duration_text(row.queue_p99);
    case SiteColumn::run: return duration_text(row.run);
    case SiteColumn::oldest_pending: return row.pending == 0 ? "" : duration_text(row.oldest_pending);
    case SiteColumn::never_finished: return percent_text(row.never_finished);
    case SiteColumn::trend:
    case SiteColumn::count_of_them: break;
  }
  return "";
}

std::string sites_text(const std::vector<SiteRow>& rows, const PendingThen& then,
                       const std::vector<std::uint32_t>& shown, std::size_t most) {
  std::string text =
      "created at\tkind\tname\tcreated\tfinished\tpending\tpending then\tfailed\tcancelled\tabandoned\t"
      "created per s\tlifetime p50 ms\tlifetime p99 ms\tqueue p99 ms\trun ms\toldest pending ms\t"
      "never finished\n";
  for (std::size_t at = 0; at < std::min(shown.size(), most); ++at) {
    if (shown[at] >= rows.size()) continue;
    const SiteRow& row = rows[shown[at]];
    text +=
        fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n",
                    report::safe_text(row.place), report::safe_text(row.kind), report::safe_text(row.name),
                    row.created, row.finished, row.pending, then.of_site(row.site), row.failed, row.cancelled,
                    row.abandoned, row.created_per_second, to_ms(row.lifetime_p50), to_ms(row.lifetime_p99),
                    to_ms(row.queue_p99), to_ms(row.run), to_ms(row.oldest_pending), row.never_finished);
  }
  if (shown.size() > most) {
    text += "and " + plural_text(shown.size() - most, "more row", "more rows") + ", left out here\n";
  }
  return text;
}

}  // namespace loopscope::view
