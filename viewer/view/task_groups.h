// The table of sites: what was created where, what became of it, what is pending. Numbers are those of the JSON report's
// `sites`. Made once a trace, off the frame, since ages need a look at every task; sorted and filtered in the frame.
// Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/trace.h"
#include "viewer/view/filter_words.h"
#include "viewer/view/labelled_tasks.h"

namespace loopscope::view {

struct SiteRow {
  model::SiteIndex site = model::kNoSite;
  std::string place;
  std::string kind;
  std::string name;   // the user's; often ""
  std::string words;  // all that a filter may find, in lower case
  std::uint64_t created = 0;
  std::uint64_t finished = 0;
  std::uint64_t pending = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t abandoned = 0;
  double created_per_second = 0;  // of the whole trace
  double never_finished = 0;      // share of those created, 0 .. 1
  Nanos lifetime_p50 = 0;
  Nanos lifetime_p99 = 0;
  Nanos queue_p99 = 0;
  Nanos run = 0;
  Nanos oldest_pending = 0;
};

// In the order of report::sites_by_pending().
std::vector<SiteRow> site_rows(const model::Trace& trace);

enum class SiteColumn : std::uint8_t {
  place,
  kind,
  created,
  finished,
  pending,
  pending_now,
  rate,
  lifetime_p50,
  lifetime_p99,
  queue_p99,
  run,
  oldest_pending,
  never_finished,
  trend,
  count_of_them
};

// "Pending then" and how it came to that, for a cursor that is moved through the trace.
class PendingThen {
 public:
  PendingThen() = default;
  // None: at the trace's end, where it is Site::pending().
  PendingThen(const model::Trace& trace, std::optional<Time> at);

  // False where the trace was read without its history: then the numbers are those of the end.
  bool known() const { return known_; }
  std::uint64_t of_site(model::SiteIndex site) const { return site < by_site_.size() ? by_site_[site] : 0; }

 private:
  std::vector<std::uint64_t> by_site_;
  bool known_ = true;
};

// Pending tasks of the site at equal distances from the trace's begin to `now`; empty without a history.
std::vector<float> pending_trend(const model::Trace& trace, model::SiteIndex site, Time now);

struct SiteOrder {
  std::optional<SiteColumn> column;  // none: as the rows are
  bool descending = true;
};

struct SiteFilter {
  FilterWords words;
  const LabelledTasks* labelled =
      nullptr;                // of words.labels(); null if there are none, or they are not known yet
  bool pending_only = false;  // then
};

// Indices of the rows that pass, in that order; equal ones by site. A trend sorts by how much is pending now.
std::vector<std::uint32_t> shown_sites(const std::vector<SiteRow>& rows, const PendingThen& then,
                                       const SiteFilter& filter, const SiteOrder& order);

const char* column_name(SiteColumn column);
// "" for a trend. Times and counts as people read them.
std::string cell_text(const SiteRow& row, const PendingThen& then, SiteColumn column);
// The table for the clipboard: tab-separated, times in ms with all their digits as in the JSON report, at most `most`
// rows. A heading line first; a last line says how many are left out.
std::string sites_text(const std::vector<SiteRow>& rows, const PendingThen& then,
                       const std::vector<std::uint32_t>& shown, std::size_t most);

}  // namespace loopscope::view
