// Two traces side by side: what got better, worse, new, gone. Lines move with every edit and traces are never equally
// long, so places are matched by function and file, and what grows with the length of a recording is only called worse
// if it is so for its length too. Goes over sites and findings, not over tasks; pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "viewer/report/contents.h"

namespace loopscope::report {

// Below these, a difference is noise: two runs of the same program differ by as much.
//
// Load, clock rate and caches move times by some percent from run to run, and quantiles come from buckets of 3 %.
inline constexpr double kSameShare = 0.10;
// Of a count of n that comes from chance, the deviation is its root; two deviations of the difference are passed by
// chance once in twenty times.
inline constexpr double kSameDeviations = 2;
// A sleeping thread is woken up to 50 us late (the kernel's timer slack): latencies are no finer than that.
inline constexpr Nanos kSameLatency = 50 * kMicrosecond;
// Sums of times: a single preemption costs about as much.
inline constexpr Nanos kSameTotal = kMillisecond;
// Points of utilisation.
inline constexpr double kSameUtilization = 0.01;
// From so few samples a quantile says nothing.
inline constexpr std::uint64_t kFewestSamples = 20;

enum class Change : std::uint8_t {
  same,
  better,
  worse,
  more,  // neither good nor bad
  less,
  appeared,  // only in the trace that is looked at
  gone,      // only in the baseline
};

std::string change_word(Change change);

// One number in both traces.
struct Compared {
  std::string base;  // "-" if it is not there
  std::string now;
  std::optional<double> percent;  // from base to now; nothing if there was nothing before
  Change change = Change::same;
};

// "+12 %", "-50 %", "x 23"; "" if there is none.
std::string percent_change_text(const Compared& compared);

struct FactRow {
  std::string name;  // "loop 1 lag p99"
  Compared value;
};

struct FindingRow {
  Change change = Change::same;
  detect::Severity severity = detect::Severity::info;  // as of now; the baseline's if it is gone
  std::string detector;
  std::string title;  // the same
  std::string place;
  std::optional<std::size_t> base;  // into the Analysis::findings of each
  std::optional<std::size_t> now;
  std::string evidence_name;  // "blocked total"; "" if neither has a number that says most
  Compared evidence;
  Compared price;  // time that tasks spent waiting because of it
};

struct SiteChange {
  Change change = Change::same;
  std::string kind;
  std::string place;
  std::optional<model::SiteIndex> site;  // of the trace that is looked at
  Compared created;                      // a second
  Compared pending;
  Compared lifetime_p50;
  Compared lifetime_p99;
  Compared run;  // of a second
};

struct Comparison {
  std::string base_path;
  std::string now_path;
  std::vector<FactRow> facts;        // in the order of reading
  std::vector<FindingRow> findings;  // most important first
  std::vector<SiteChange> sites;     // most important first

  // How many of the findings, notes left out, are of that change.
  std::size_t findings_that(Change change) const;
};

Comparison compare(const Contents& base, const Contents& now);

}  // namespace loopscope::report
