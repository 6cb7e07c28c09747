#include "viewer/report/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/report/evidence_text.h"
#include "viewer/report/finding_price.h"
#include "viewer/report/stall_facts.h"
#include "viewer/report/summary.h"

namespace loopscope::report {
namespace {

using detect::Finding;
using detect::Severity;

enum class Taste : std::uint8_t { less_is_better, none };

std::optional<double> percent_from(double base, double now) {
  if (!(base > 0)) return std::nullopt;
  return (now - base) / base * 100;
}

// `noise`: what is no difference whatever its share.
Change judge(double base, double now, double noise, Taste taste) {
  const double difference = now - base;
  if (!(std::abs(difference) > noise) || std::abs(difference) < kSameShare * std::abs(base))
    return Change::same;
  if (taste == Taste::none) return difference > 0 ? Change::more : Change::less;
  return difference > 0 ? Change::worse : Change::better;
}

double noise_of_counts(double base, double now) {
  return kSameDeviations * std::sqrt(std::max(base + now, 0.0));
}

// Names and lengths of the two traces.
class Pair {
 public:
  Pair(const Contents& base, const Contents& now) : base_(base), now_(now) {}

  const model::Trace& base() const { return base_.trace; }
  const model::Trace& now() const { return now_.trace; }
  double base_seconds() const { return seconds(base_.trace); }
  double now_seconds() const { return seconds(now_.trace); }

  // Of what grows with the length of the trace: a change only if it is one by itself and for that length.
  Change judge_sum(double base, double now, double noise, Taste taste) const {
    const Change whole = judge(base, now, noise, taste);
    const Change rate = judge(base, now * base_seconds() / now_seconds(), noise, taste);
    return whole == rate ? whole : Change::same;
  }

 private:
  static double seconds(const model::Trace& trace) {
    return static_cast<double>(std::max<Nanos>(trace.duration(), 1)) / 1e9;
  }
  const Contents& base_;
  const Contents& now_;
};

double number(std::uint64_t count) { return static_cast<double>(count); }
double number(Nanos time) { return static_cast<double>(time); }

Compared counts(const Pair& pair, std::uint64_t base, std::uint64_t now, Taste taste) {
  return {count_text(base), count_text(now), percent_from(number(base), number(now)),
          pair.judge_sum(number(base), number(now), noise_of_counts(number(base), number(now)), taste)};
}

std::string rate_text(double rate) {
  return rate == 0 ? "0/s"
         : rate < 10
             ? fmt::format("{:.2f}/s", rate)
             : fmt::format("{}/s", count_text(static_cast<std::uint64_t>(std::min(rate, 1e18) + 0.5)));
}

// Counts, each for a second of its trace.
Compared rates(const Pair& pair, std::uint64_t base, std::uint64_t now, Taste taste) {
  const double base_rate = number(base) / pair.base_seconds();
  const double now_rate = number(now) / pair.now_seconds();
  // Of a rate that comes from n events, the deviation is root(n) for the time.
  const double noise =
      kSameDeviations * std::sqrt(base_rate / pair.base_seconds() + now_rate / pair.now_seconds());
  return {rate_text(base_rate), rate_text(now_rate), percent_from(base_rate, now_rate),
          judge(base_rate, now_rate, noise, taste)};
}

Compared totals(const Pair& pair, Nanos base, Nanos now) {
  return {duration_text(base), duration_text(now), percent_from(number(base), number(now)),
          pair.judge_sum(number(base), number(now), number(kSameTotal), Taste::less_is_better)};
}

std::string quantile_text(const Histogram& histogram, double q) {
  return histogram.count() == 0 ? "-" : duration_text(histogram.quantile(q));
}

Compared quantiles(const Histogram& base, const Histogram& now, double q) {
  Compared compared{quantile_text(base, q), quantile_text(now, q), std::nullopt, Change::same};
  if (base.count() == 0 || now.count() == 0) return compared;
  const double from = number(base.quantile(q));
  const double to = number(now.quantile(q));
  compared.percent = percent_from(from, to);
  if (std::min(base.count(), now.count()) >= kFewestSamples)
    compared.change = judge(from, to, number(kSameLatency), Taste::less_is_better);
  return compared;
}

Compared shares(double base, double now) {
  return {percent_text(base), percent_text(now), percent_from(base, now),
          judge(base, now, kSameUtilization, Taste::less_is_better)};
}

// What both have and what only one has, matched by key; equal keys by their order in each.
template <class Key>
class Matching {
 public:
  void add_base(const Key& key, std::size_t index) { slots_[key].base.push_back(index); }
  void add_now(const Key& key, std::size_t index) { slots_[key].now.push_back(index); }

  template <class Visit>
  void each(Visit visit) const {
    for (const auto& [key, slot] : slots_) {
      for (std::size_t at = 0; at < std::max(slot.base.size(), slot.now.size()); ++at) {
        visit(at < slot.base.size() ? std::optional(slot.base[at]) : std::nullopt,
              at < slot.now.size() ? std::optional(slot.now[at]) : std::nullopt);
      }
    }
  }

 private:
  struct Slot {
    std::vector<std::size_t> base;
    std::vector<std::size_t> now;
  };
  std::map<Key, Slot> slots_;
};

std::string name_of_loop(const model::Loop& loop) {
  const std::string& name = loop.name.empty() ? loop.thread : loop.name;
  return fmt::format("loop {}{}{}", loop.id, name.empty() ? "" : " ", name);
}

void add_loops(const Pair& pair, std::vector<FactRow>& facts) {
  const auto is_shown = [](const model::Loop& loop) { return loop.ticks > 0 || loop.lag.count() > 0; };
  const auto key_of = [](const model::Loop& loop) {
    return std::make_tuple(loop.kind, loop.name, loop.thread);
  };
  Matching<std::tuple<std::string, std::string, std::string>> loops;
  for (std::size_t at = 0; at < pair.base().loops.size(); ++at) {
    if (is_shown(pair.base().loops[at])) loops.add_base(key_of(pair.base().loops[at]), at);
  }
  for (std::size_t at = 0; at < pair.now().loops.size(); ++at) {
    if (is_shown(pair.now().loops[at])) loops.add_now(key_of(pair.now().loops[at]), at);
  }
  const std::vector<LoopStalls> base_stalls = stalls_by_loop(pair.base());
  const std::vector<LoopStalls> now_stalls = stalls_by_loop(pair.now());
  loops.each([&](std::optional<std::size_t> base_at, std::optional<std::size_t> now_at) {
    static const model::Loop kNone;
    const model::Loop& base = base_at ? pair.base().loops[*base_at] : kNone;
    const model::Loop& now = now_at ? pair.now().loops[*now_at] : kNone;
    const auto add = [&](const char* what, Compared value) {
      if (!base_at) value.base = "-", value.percent.reset(), value.change = Change::appeared;
      if (!now_at) value.now = "-", value.percent.reset(), value.change = Change::gone;
      facts.push_back({name_of_loop(now_at ? now : base) + " " + what, std::move(value)});
    };
    add("utilization", shares(utilization(base), utilization(now)));
    add("lag p50", quantiles(base.lag, now.lag, 0.5));
    add("lag p99", quantiles(base.lag, now.lag, 0.99));
    Compared worst = quantiles(base.lag, now.lag, 1);
    if (base.lag.count() > 0) worst.base = duration_text(base.lag.max());
    if (now.lag.count() > 0) worst.now = duration_text(now.lag.max());
    add("lag max", std::move(worst));
    add("blocked",
        totals(pair, base_at ? base_stalls[*base_at].blocked : 0, now_at ? now_stalls[*now_at].blocked : 0));
  });
}

std::vector<FactRow> compare_facts(const Pair& pair) {
  const model::Trace& base = pair.base();
  const model::Trace& now = pair.now();
  const TaskSummary base_tasks = summary_of_tasks(base);
  const TaskSummary now_tasks = summary_of_tasks(now);
  std::vector<FactRow> facts;
  const double from = number(base.duration());
  const double to = number(now.duration());
  facts.push_back({"duration",
                   {duration_text(base.duration()), duration_text(now.duration()), percent_from(from, to),
                    judge(from, to, number(kSameTotal), Taste::none)}});
  facts.push_back({"events", counts(pair, base.events, now.events, Taste::none)});
  facts.push_back({"events a second", rates(pair, base.events, now.events, Taste::none)});
  facts.push_back({"events lost", counts(pair, base.integrity.lost_events, now.integrity.lost_events,
                                         Taste::less_is_better)});
  facts.push_back({"tasks created", rates(pair, base_tasks.created, now_tasks.created, Taste::none)});
  facts.push_back({"tasks failed", rates(pair, base_tasks.failed, now_tasks.failed, Taste::less_is_better)});
  facts.push_back(
      {"tasks pending", counts(pair, base_tasks.pending, now_tasks.pending, Taste::less_is_better)});
  facts.push_back(
      {"most pending at once", counts(pair, base.peak_pending, now.peak_pending, Taste::less_is_better)});
  facts.push_back({"stalls", counts(pair, stalls_in_all(base), stalls_in_all(now),
                                    Taste::less_is_better)});
  facts.push_back({"blocked", totals(pair, stalled_in_all(base), stalled_in_all(now))});
  add_loops(pair, facts);
  return facts;
}

std::string base_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

// The same function wherever the sources were checked out, whatever its line now.
using PlaceKey = std::tuple<std::string, std::string>;

PlaceKey key_of(const model::Frame* frame) {
  if (frame == nullptr) return {"", ""};
  return {detect::function_text(*frame), base_name(frame->file)};
}

// Important changes before unimportant ones.
int rank_of(Change change) {
  switch (change) {
    case Change::worse: return 0;
    case Change::appeared: return 1;
    case Change::better: return 2;
    case Change::gone: return 3;
    case Change::more: return 4;
    case Change::less: return 5;
    case Change::same: break;
  }
  return 6;
}

using FindingKey = std::tuple<std::string, std::string, PlaceKey>;

const model::Site* site_of(const model::Trace& trace, const Finding& finding) {
  return finding.site != model::kNoSite && finding.site < trace.sites.size() ? &trace.sites[finding.site]
                                                                             : nullptr;
}

FindingKey key_of(const model::Trace& trace, const Finding& finding) {
  if (!finding.stack.empty()) return {finding.detector, "", key_of(&finding.stack.front())};
  // Which place takes most of a loop's time is part of what is said of the loop, not what it is about.
  if (finding.loop < trace.loops.size()) {
    const model::Loop& loop = trace.loops[finding.loop];
    return {finding.detector, loop.kind, {loop.name, loop.thread}};
  }
  if (const model::Site* site = site_of(trace, finding))
    return {finding.detector, site->kind, key_of(detect::shown_frame(*site))};
  return {finding.detector, "", {"", ""}};
}

std::string place_of(const model::Trace& trace, const Finding& finding) {
  if (!finding.stack.empty()) return detect::frame_text(finding.stack.front());
  const model::Site* site = site_of(trace, finding);
  return site == nullptr ? "" : detect::place_text(*site);
}

Nanos waited(const Finding& finding) {
  return std::isfinite(finding.price) ? static_cast<Nanos>(std::clamp(finding.price, 0.0, 9e9) * 1e9) : 0;
}

FindingRow compare_findings(const Pair& pair, const Finding* base, const Finding* now) {
  const Finding& shown = now != nullptr ? *now : *base;
  FindingRow row;
  row.severity = shown.severity;
  row.detector = shown.detector;
  row.title = shown.title;
  row.place = place_of(now != nullptr ? pair.now() : pair.base(), shown);
  const FindingPrice before = base != nullptr ? price_of(*base) : FindingPrice{};
  const FindingPrice after = now != nullptr ? price_of(*now) : FindingPrice{};
  if (const detect::Evidence* any = after.evidence != nullptr ? after.evidence : before.evidence)
    row.evidence_name = evidence_name(*any);
  row.evidence.base = before.evidence != nullptr ? evidence_value(*before.evidence) : "-";
  row.evidence.now = after.evidence != nullptr ? evidence_value(*after.evidence) : "-";
  row.price = totals(pair, base != nullptr ? waited(*base) : 0, now != nullptr ? waited(*now) : 0);
  if (base == nullptr || now == nullptr) {
    row.change = base == nullptr ? Change::appeared : Change::gone;
    (base == nullptr ? row.price.base : row.price.now) = "-";
    row.price.percent.reset();
    row.price.change = row.evidence.change = row.change;
    return row;
  }
  const bool comparable = before.evidence != nullptr && after.evidence != nullptr &&
                          before.evidence->name == after.evidence->name &&
                          before.evidence->unit == after.evidence->unit;
  if (comparable) {
    const double from = before.evidence->value;
    const double to = after.evidence->value;
    const bool time = after.evidence->unit == "ms";
    const double noise = time ? to_ms(kSameTotal) : noise_of_counts(from, to);
    row.evidence.percent = percent_from(from, to);
    row.evidence.change = after.sums_up ? pair.judge_sum(from, to, noise, Taste::less_is_better)
                                        : judge(from, to, noise, Taste::less_is_better);
  }
  row.change = comparable ? row.evidence.change : row.price.change;
  // What the detector thinks of it says more than any number.
  if (now->severity != base->severity)
    row.change = now->severity > base->severity ? Change::worse : Change::better;
  return row;
}

std::vector<FindingRow> compare_findings(const Pair& pair, const Contents& base, const Contents& now) {
  Matching<FindingKey> findings;
  for (std::size_t at = 0; at < base.findings.size(); ++at)
    findings.add_base(key_of(base.trace, base.findings[at]), at);
  for (std::size_t at = 0; at < now.findings.size(); ++at)
    findings.add_now(key_of(now.trace, now.findings[at]), at);
  std::vector<FindingRow> rows;
  findings.each([&](std::optional<std::size_t> base_at, std::optional<std::size_t> now_at) {
    const Finding* before = base_at ? &base.findings[*base_at] : nullptr;
    const Finding* after = now_at ? &now.findings[*now_at] : nullptr;
    rows.push_back(compare_findings(pair, before, after));
    rows.back().base = base_at;
    rows.back().now = now_at;
  });
  const auto price = [&](const FindingRow& row) {
    return std::max(row.base ? waited(base.findings[*row.base]) : 0,
                    row.now ? waited(now.findings[*row.now]) : 0);
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const FindingRow& a, const FindingRow& b) {
    const auto rank = [&](const FindingRow& row) {
      const int kind = row.change == Change::appeared ? -1 : rank_of(row.change);
      return std::make_tuple(row.severity == Severity::info, kind, -static_cast<int>(row.severity),
                             -price(row));
    };
    return rank(a) < rank(b);
  });
  return rows;
}

struct PlaceSum {
  model::SiteIndex site = model::kNoSite;  // the one with most tasks
  std::uint64_t created = 0;
  std::uint64_t finished = 0;
  Nanos run = 0;
  std::vector<model::SiteIndex> members;

  std::uint64_t pending() const { return created > finished ? created - finished : 0; }
  Histogram lifetime(const model::Trace& trace) const {
    Histogram sum;
    for (const model::SiteIndex member : members) sum.merge(trace.sites[member].lifetime);
    return sum;
  }
};

using SiteKey = std::tuple<std::string, std::string, PlaceKey>;

std::map<SiteKey, PlaceSum> sums_by_place(const model::Trace& trace) {
  std::map<SiteKey, PlaceSum> sums;
  for (model::SiteIndex index = 0; index < trace.sites.size(); ++index) {
    const model::Site& site = trace.sites[index];
    if (site.created == 0) continue;
    PlaceSum& sum = sums[{site.kind, site.name, key_of(detect::shown_frame(site))}];
    if (sum.members.empty() || site.created > trace.sites[sum.site].created) sum.site = index;
    sum.created += site.created;
    sum.finished += site.finished;
    sum.run = add_saturating(sum.run, site.run_ns);
    sum.members.push_back(index);
  }
  return sums;
}

// A second of the loop's time that tasks of a place take, in ms.
Compared run_shares(const Pair& pair, Nanos base, Nanos now) {
  const double base_ns = number(base) / pair.base_seconds();
  const double now_ns = number(now) / pair.now_seconds();
  const auto text = [](double ns) { return duration_text(static_cast<Nanos>(std::min(ns, 9e18))) + "/s"; };
  const double noise = number(kSameTotal) / std::min(pair.base_seconds(), pair.now_seconds());
  return {text(base_ns), text(now_ns), percent_from(base_ns, now_ns),
          judge(base_ns, now_ns, noise, Taste::less_is_better)};
}

SiteChange compare_places(const Pair& pair, const PlaceSum* base, const PlaceSum* now) {
  static const PlaceSum kNone;
  const PlaceSum& before = base != nullptr ? *base : kNone;
  const PlaceSum& after = now != nullptr ? *now : kNone;
  const model::Site& site = now != nullptr ? pair.now().sites[after.site] : pair.base().sites[before.site];
  SiteChange row;
  row.kind = site.kind;
  row.place = detect::place_text(site);
  if (now != nullptr) row.site = after.site;
  row.created = rates(pair, before.created, after.created, Taste::none);
  row.pending = counts(pair, before.pending(), after.pending(), Taste::less_is_better);
  const Histogram lifetime_before = before.lifetime(pair.base());
  const Histogram lifetime_after = after.lifetime(pair.now());
  row.lifetime_p50 = quantiles(lifetime_before, lifetime_after, 0.5);
  row.lifetime_p99 = quantiles(lifetime_before, lifetime_after, 0.99);
  row.run = run_shares(pair, before.run, after.run);
  if (base == nullptr || now == nullptr) {
    row.change = base == nullptr ? Change::appeared : Change::gone;
    for (Compared* cell : {&row.created, &row.pending, &row.lifetime_p50, &row.lifetime_p99, &row.run}) {
      (base == nullptr ? cell->base : cell->now) = "-";
      cell->percent.reset();
      cell->change = row.change;
    }
    return row;
  }
  const auto any = [&row](Change change) {
    return row.pending.change == change || row.lifetime_p50.change == change ||
           row.lifetime_p99.change == change || row.run.change == change;
  };
  row.change = any(Change::worse) ? Change::worse : any(Change::better) ? Change::better : row.created.change;
  return row;
}

std::vector<SiteChange> compare_sites(const Pair& pair) {
  const std::map<SiteKey, PlaceSum> base = sums_by_place(pair.base());
  const std::map<SiteKey, PlaceSum> now = sums_by_place(pair.now());
  struct Ranked {
    SiteChange row;
    double run = 0;  // the more of both, of a second
    double created = 0;
  };
  std::vector<Ranked> ranked;
  const auto add = [&](const PlaceSum* before, const PlaceSum* after) {
    Ranked one{compare_places(pair, before, after), 0, 0};
    if (before != nullptr) {
      one.run = number(before->run) / pair.base_seconds();
      one.created = number(before->created) / pair.base_seconds();
    }
    if (after != nullptr) {
      one.run = std::max(one.run, number(after->run) / pair.now_seconds());
      one.created = std::max(one.created, number(after->created) / pair.now_seconds());
    }
    ranked.push_back(std::move(one));
  };
  for (const auto& [key, sum] : now) {
    const auto found = base.find(key);
    add(found == base.end() ? nullptr : &found->second, &sum);
  }
  for (const auto& [key, sum] : base) {
    if (!now.contains(key)) add(&sum, nullptr);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    return std::make_tuple(rank_of(a.row.change), -a.run, -a.created) <
           std::make_tuple(rank_of(b.row.change), -b.run, -b.created);
  });
  std::vector<SiteChange> rows;
  rows.reserve(ranked.size());
  for (Ranked& one : ranked) rows.push_back(std::move(one.row));
  return rows;
}

}  // namespace

std::string change_word(Change change) {
  switch (change) {
    case Change::same: return "same";
    case Change::better: return "better";
    case Change::worse: return "worse";
    case Change::more: return "more";
    case Change::less: return "less";
    case Change::appeared: return "new";
    case Change::gone: return "gone";
  }
  return "";
}

std::string percent_change_text(const Compared& compared) {
  if (!compared.percent) return "";
  const double percent = *compared.percent;
  if (percent >= 1000)
    return fmt::format("x {}", count_text(static_cast<std::uint64_t>(std::min(percent / 100 + 1, 1e18))));
  return fmt::format("{:+.0f} %", percent == 0 ? 0.0 : percent);
}

std::size_t Comparison::findings_that(Change change) const {
  return static_cast<std::size_t>(std::count_if(
      findings.begin(), findings.end(),
      [change](const FindingRow& row) { return row.change == change && row.severity != Severity::info; }));
}

Comparison compare(const Contents& base, const Contents& now) {
  const Pair pair(base, now);
  Comparison comparison;
  comparison.base_path = base.trace.path;
  comparison.now_path = now.trace.path;
  comparison.facts = compare_facts(pair);
  comparison.findings = compare_findings(pair, base, now);
  comparison.sites = compare_sites(pair);
  return comparison;
}

}  // namespace loopscope::report
