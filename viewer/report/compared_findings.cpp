#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "viewer/detect/place.h"
#include "viewer/report/comparison_parts.h"
#include "viewer/report/evidence_text.h"
#include "viewer/report/finding_price.h"
#include "viewer/report/finding_text.h"
#include "viewer/report/matched_runs.h"
#include "viewer/report/stall_facts.h"

namespace loopscope::report {
namespace {

using detect::Finding;
using detect::Severity;

using FindingKey = std::tuple<std::string, std::string, PlaceKey>;

const model::Site* site_of(const model::Trace& trace, const Finding& finding) {
  return finding.site != model::kNoSite && finding.site < trace.sites.size() ? &trace.sites[finding.site]
                                                                             : nullptr;
}

FindingKey finding_key(const model::Trace& trace, const Finding& finding) {
  if (!finding.stack.empty()) return {finding.detector, "", place_key(&finding.stack.front())};
  // Which place takes most of a loop's time is part of what is said of the loop, not what it is about.
  if (finding.loop < trace.loops.size()) {
    const model::Loop& loop = trace.loops[finding.loop];
    const auto& [kind, name, thread] = loop_key(trace, loop);
    return {finding.detector, kind, {name, thread}};
  }
  if (const model::Site* site = site_of(trace, finding))
    return {finding.detector, site->kind, place_key(detect::shown_frame(*site))};
  return {finding.detector, "", {"", ""}};
}

double waited(const Finding& finding) {
  return std::isfinite(finding.price) ? std::clamp(finding.price, 0.0, 9e9) * 1e9 : 0;
}

// How much of what a finding is about is there in a trace that has no such finding, in the unit of its evidence: it may
// have stayed just below the limit. Nothing where that cannot be told.
std::optional<double> below_the_limit(const Contents& run, const model::Trace& of, const Finding& finding,
                                      const detect::Evidence& evidence) {
  const FindingKey key = finding_key(of, finding);
  if ((evidence.name == "pending" || evidence.name == "growth") && site_of(of, finding) != nullptr) {
    double pending = 0;
    for (const model::Site& site : run.trace.sites) {
      if (site.created > 0 && site.kind == std::get<1>(key) &&
          place_key(detect::shown_frame(site)) == std::get<2>(key))
        pending += number(site.pending());
    }
    return pending;
  }
  if ((evidence.name == "blocked_total" || evidence.name == "calls_total") && !finding.stack.empty()) {
    double blocked = 0;
    for (const model::Stall& stall : run.trace.stalls) {
      const model::StallSample* sample = telling_sample(stall);
      const model::Frame* frame = sample == nullptr ? nullptr : blocking_frame(*sample);
      if (frame != nullptr && place_key(frame) == std::get<2>(key)) blocked += to_ms(stall.duration);
    }
    return blocked;
  }
  if (evidence.name == "lag_max" && finding.loop < of.loops.size()) {
    for (const model::Loop& loop : run.trace.loops) {
      if (loop_key(run.trace, loop) == loop_key(of, of.loops[finding.loop])) return to_ms(loop.lag.max());
    }
  }
  return std::nullopt;
}

double largest_piece(const model::Trace& trace, const Finding& finding) {
  Nanos longest = 0;
  for (const std::uint32_t stall : finding.stalls) {
    if (stall < trace.stalls.size()) longest = std::max(longest, trace.stalls[stall].duration);
  }
  return number(longest);
}

class FindingComparer {
 public:
  explicit FindingComparer(const Sides& sides) : sides_(sides) {}

  FindingRow compare(const Slot& base, const Slot& now) const {
    const One before = representative(sides_.base(), base);
    const One after = representative(sides_.now(), now);
    const One& shown = after.finding != nullptr ? after : before;
    FindingRow row;
    row.severity = shown.finding->severity;
    row.detector = shown.finding->detector;
    row.title = shown.finding->title;
    row.place = place_of(*shown.trace, *shown.finding);
    row.base = before.index;
    row.now = after.index;
    const FindingPrice price = price_of(*shown.finding);
    if (price.evidence != nullptr) row.evidence_name = evidence_name(*price.evidence);
    row.evidence = evidence(base, now, shown, price);
    row.price = waiting(base, now, before, after);
    decide(base, now, before, after, row);
    return row;
  }

 private:
  struct One {
    const Finding* finding = nullptr;
    const model::Trace* trace = nullptr;
    std::optional<std::size_t> index;
  };

  // That of the first run that has it.
  static One representative(Sides::Side side, const Slot& slot) {
    const auto run = first_run(slot);
    if (!run) return {};
    return {&side[*run].findings[*slot[*run]], &side[*run].trace, *slot[*run]};
  }

  // The number that says most, in each run: what the finding says, or what is there without one.
  Measured values(Sides::Side side, const Slot& slot, const One& shown, const detect::Evidence& like,
                  bool& known) const {
    return each(side, [&](std::size_t run) -> double {
      if (slot[run]) {
        for (const detect::Evidence& one : side[run].findings[*slot[run]].evidence) {
          if (one.name == like.name && one.unit == like.unit && std::isfinite(one.value)) return one.value;
        }
        known = false;
        return 0;
      }
      const auto there = below_the_limit(side[run], *shown.trace, *shown.finding, like);
      known = known && there.has_value();
      return there.value_or(0);
    });
  }

  Compared evidence(const Slot& base, const Slot& now, const One& shown, const FindingPrice& price) const {
    Compared row{"-", "-", std::nullopt, Change::same};
    if (price.evidence == nullptr) return row;
    const detect::Evidence& like = *price.evidence;
    bool base_known = true;
    bool now_known = true;
    const Measured from = values(sides_.base(), base, shown, like, base_known);
    const Measured to = values(sides_.now(), now, shown, like, now_known);
    row.unit = like.unit;
    const auto text = [&](double value) { return evidence_value({like.name, value, like.unit}); };
    if (present(base) > 0 || (base_known && from.value > 0))
      row.base = text(from.value), row.base_number = from.value;
    if (present(now) > 0 || (now_known && to.value > 0)) row.now = text(to.value), row.now_number = to.value;
    if (!row.base_number || !row.now_number || !base_known || !now_known) return row;
    row.percent = percent_from(from.value, to.value);
    const bool time = like.unit == "ms";
    const Measured from_rate = by_second(sides_.base(), from);
    const Measured to_rate = by_second(sides_.now(), to);
    const double share = time ? sides_.least_time_share() : kLeastShare;
    const double least = time ? to_ms(kLeastTotal) : 0;
    if (!price.sums_up) {
      // An extreme of one run says little of the next: where both have the finding, only several runs tell; where one
      // has, it has to be of another order.
      constexpr double kExtreme = 1.0;
      const bool extreme =
          runs_differ(from.by_run, to.by_run).value_or(present(base) == 0 || present(now) == 0);
      row.change = sides_.judge(from, to, least, std::max(share, kExtreme), extreme, Taste::less_is_better);
      return row;
    }
    const double base_runs = number(std::uint64_t{base.size()});
    const double now_runs = number(std::uint64_t{now.size()});
    const bool longer = is_shifted(stalls(sides_.base(), base), stalls(sides_.now(), now), kChanceOfLonger);
    const auto real = [&](double base_time, double now_time) {
      if (!time) {
        return rates_differ({from.value * base_runs, base_time}, {to.value * now_runs, now_time},
                            sides_.chance());
      }
      double piece = to_ms(kLeastTotal);
      for (const auto& [side, slot] : {std::pair(sides_.base(), &base), std::pair(sides_.now(), &now)}) {
        for (std::size_t run = 0; run < side.size(); ++run) {
          if ((*slot)[run])
            piece = std::max(piece, largest_piece(side[run].trace, side[run].findings[*(*slot)[run]]) / 1e6);
        }
      }
      return longer || sums_differ({from.value * base_runs, piece, base_time},
                                   {to.value * now_runs, piece, now_time}, sides_.chance());
    };
    const Change of_all =
        sides_.judge(from, to, least, share, real(base_runs, now_runs), Taste::less_is_better);
    const Change of_rate =
        sides_.judge(from_rate, to_rate, 0, share, real(sides_.base_seconds(), sides_.now_seconds()),
                     Taste::less_is_better);
    row.change = of_all == of_rate ? of_all : Change::same;
    return row;
  }

  // What it is made of, where that is known.
  static std::vector<double> stalls(Sides::Side side, const Slot& slot) {
    std::vector<double> all;
    for (std::size_t run = 0; run < side.size(); ++run) {
      if (!slot[run]) continue;
      for (const std::uint32_t at : side[run].findings[*slot[run]].stalls) {
        if (at < side[run].trace.stalls.size()) all.push_back(number(side[run].trace.stalls[at].duration));
      }
    }
    return all;
  }

  Compared waiting(const Slot& base, const Slot& now, const One& before, const One& after) const {
    const auto sum = [](Sides::Side side, const Slot& slot) {
      return each(side,
                  [&](std::size_t run) { return slot[run] ? waited(side[run].findings[*slot[run]]) : 0; });
    };
    const Measured from = sum(sides_.base(), base);
    const Measured to = sum(sides_.now(), now);
    // Nothing is known of the pieces but how many there may be.
    const auto piece = [](const One& one) {
      return one.finding == nullptr ? 0.0 : waited(*one.finding) / std::max(number(one.finding->count), 1.0);
    };
    Compared row = totals(sides_, from, to, piece(before), piece(after));
    if (before.finding == nullptr) row.base = "-", row.base_number.reset(), row.percent.reset();
    if (after.finding == nullptr) row.now = "-", row.now_number.reset(), row.percent.reset();
    return row;
  }

  void decide(const Slot& base, const Slot& now, const One& before, const One& after, FindingRow& row) const {
    if (row.detector == "busy-machine") {
      row.price.change = row.evidence.change = Change::same;
      row.remark = "of the machine, not of the program";
      return;
    }
    const bool numbers = row.evidence.base_number && row.evidence.now_number;
    if (before.finding != nullptr && after.finding != nullptr) {
      row.change = numbers ? row.evidence.change : row.price.change;
      // What the detector thinks of it says more than a number that no other can be held against.
      if (!numbers && after.finding->severity != before.finding->severity && base.size() == 1 &&
          now.size() == 1)
        row.change = after.finding->severity > before.finding->severity ? Change::worse : Change::better;
      return;
    }
    const bool is_new = before.finding == nullptr;
    row.price.change = row.change = Change::same;
    if (!(is_new ? only_in(now, base) : only_in(base, now))) {
      row.remark = "not in most of the runs";
      return;
    }
    // Just across a limit of its detector, without a real difference in what it is about.
    const Change would_be = is_new ? Change::worse : Change::better;
    if (numbers && row.evidence.change != would_be) {
      row.remark = is_new ? "there was about as much before, below the detector's limits"
                          : "there is about as much still, below the detector's limits";
      return;
    }
    row.change = is_new ? Change::appeared : Change::gone;
    row.price.change = row.evidence.change = row.change;
  }

  const Sides& sides_;
};

}  // namespace

std::vector<FindingRow> compare_findings(const Sides& sides) {
  Matching<FindingKey> findings(sides.base().size(), sides.now().size());
  for (std::size_t run = 0; run < sides.base().size(); ++run) {
    for (std::size_t at = 0; at < sides.base()[run].findings.size(); ++at)
      findings.add_base(finding_key(sides.base()[run].trace, sides.base()[run].findings[at]), run, at);
  }
  for (std::size_t run = 0; run < sides.now().size(); ++run) {
    for (std::size_t at = 0; at < sides.now()[run].findings.size(); ++at)
      findings.add_now(finding_key(sides.now()[run].trace, sides.now()[run].findings[at]), run, at);
  }
  struct Ranked {
    FindingRow row;
    double price = 0;
  };
  std::vector<Ranked> ranked;
  const FindingComparer comparer(sides);
  findings.each([&](const Slot& base, const Slot& now) {
    double price = 0;
    for (const auto& [side, slot] : {std::pair(sides.base(), &base), std::pair(sides.now(), &now)}) {
      for (std::size_t run = 0; run < side.size(); ++run) {
        if ((*slot)[run]) price = std::max(price, waited(side[run].findings[*(*slot)[run]]));
      }
    }
    ranked.push_back({comparer.compare(base, now), price});
  });
  std::stable_sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    const auto rank = [](const Ranked& one) {
      const int kind = one.row.change == Change::appeared ? -1 : rank_of(one.row.change);
      return std::make_tuple(one.row.severity == Severity::info, kind, -static_cast<int>(one.row.severity),
                             -one.price);
    };
    return rank(a) < rank(b);
  });
  std::vector<FindingRow> rows;
  for (Ranked& one : ranked) rows.push_back(std::move(one.row));
  return rows;
}

}  // namespace loopscope::report
