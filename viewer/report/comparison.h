// The same program before and after a change: what got better, worse, new, gone. Lines move with every edit and traces are
// never equally long, so places are matched by function and file, and numbers are compared by the second where they grow
// with the length of a recording. A difference is one only if it is larger than what chance, and the machine, make of two
// runs of the same program. Goes over sites and findings, not over tasks; pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "viewer/report/contents.h"

namespace loopscope::report {

// What a difference has to be, besides more than chance (significance.h) makes of it:
//
// Of counts this share: less is no reason to look for a cause.
inline constexpr double kLeastShare = 0.10;
// Of times this share, as long as it is not known how far runs of this program lie apart: clock rate, caches and neighbours
// move times by some ten percent from run to run. With four traces or more it is known, and kLeastShare will do.
inline constexpr double kLeastTimeShare = 0.25;
// Of times this share where threads of a run had to wait for a processor for more than kBusyShare of its time: they have
// doubled. Of one run a side sums have to be as many times larger as that waiting may have stretched what the program did, and
// rare latencies by the longest such wait.
inline constexpr double kLeastBusyShare = 1.0;
inline constexpr double kBusyShare = 0.02;
// A sleeping thread is woken up to 50 us late (the kernel's timer slack), and preempted for a millisecond or so: what a
// quantile of latencies does not exceed by that is no worse.
inline constexpr Nanos kLeastLatency = 500 * kMicrosecond;
// Sums of times, for each second: a preemption costs about as much.
inline constexpr Nanos kLeastTotal = kMillisecond;
// Points of utilisation.
inline constexpr double kLeastUtilization = 0.01;
// By chance alone, one comparison in twenty says that something differs: all its numbers share this probability.
inline constexpr double kChance = 0.05;

enum class Change : std::uint8_t {
  same,
  better,
  worse,
  more,  // neither good nor bad
  less,
  appeared,  // only in the traces that are looked at
  gone,      // only in the baseline
};

std::string change_word(Change change);

// One number on both sides; of several traces a side their mean, or what all of them together give.
struct Compared {
  std::string base;  // "-" if it is not there
  std::string now;
  std::optional<double> percent;  // from base to now; nothing if there was nothing before
  Change change = Change::same;
  std::optional<double> base_number = {};  // in `unit`
  std::optional<double> now_number = {};
  std::string unit = {};  // as of detect::Evidence
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
  std::optional<std::size_t> base;  // into the findings of each side's first trace that has it
  std::optional<std::size_t> now;
  std::string evidence_name;  // "blocked total"; "" if neither has a number that says most
  Compared evidence;
  Compared price;  // time that tasks spent waiting because of it
  // Why it is no change though only one side has it: "about as much was there before, within the limits"; "" mostly.
  std::string remark;
};

struct SiteChange {
  Change change = Change::same;
  std::string kind;
  std::string place;
  std::optional<model::SiteIndex> site;  // of the first trace that is looked at
  Compared created;                      // a second
  Compared pending;
  Compared lifetime_p50;
  Compared lifetime_p99;
  Compared run;  // of a second
};

struct Comparison {
  std::string base_path;  // several with commas
  std::string now_path;
  std::size_t base_traces = 1;
  std::size_t now_traces = 1;
  std::vector<std::string> remarks;  // what makes the comparison coarser: a busy machine, lost events
  std::vector<FactRow> facts;        // in the order of reading
  std::vector<FindingRow> findings;  // most important first
  std::vector<SiteChange> sites;     // most important first

  // How many of the findings, notes left out, are of that change.
  std::size_t findings_that(Change change) const;
  std::size_t sites_that(Change change) const;
  std::size_t facts_that(Change change) const;
  // Something is worse, or there is a new finding.
  bool is_worse() const;
};

Comparison compare(const Contents& base, const Contents& now);

// Several traces a side, at least one: the more there are, the better it is known how far runs lie apart.
Comparison compare(std::span<const Contents> base, std::span<const Contents> now);

}  // namespace loopscope::report
