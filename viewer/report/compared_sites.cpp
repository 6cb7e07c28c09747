#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "viewer/detect/place.h"
#include "viewer/report/comparison_parts.h"
#include "viewer/report/matched_runs.h"

namespace loopscope::report {
namespace {

struct PlaceSum {
  model::SiteIndex site = model::kNoSite;  // the one with most tasks
  std::uint64_t created = 0;
  std::uint64_t finished = 0;
  Nanos run = 0;
  Nanos longest_span = 0;
  Histogram lifetime;

  std::uint64_t pending() const { return created > finished ? created - finished : 0; }
};

using SiteKey = std::tuple<std::string, std::string, PlaceKey>;
using Places = std::map<SiteKey, std::vector<PlaceSum>>;  // a sum a run

Places sums_by_place(Sides::Side side) {
  Places places;
  for (std::size_t run = 0; run < side.size(); ++run) {
    const model::Trace& trace = side[run].trace;
    for (model::SiteIndex index = 0; index < trace.sites.size(); ++index) {
      const model::Site& site = trace.sites[index];
      if (site.created == 0) continue;
      std::vector<PlaceSum>& sums = places[{site.kind, site.name, place_key(detect::shown_frame(site))}];
      sums.resize(side.size());
      PlaceSum& sum = sums[run];
      if (sum.created == 0 || site.created > trace.sites[sum.site].created) sum.site = index;
      sum.created += site.created;
      sum.finished += site.finished;
      sum.run = add_saturating(sum.run, site.run_ns);
      sum.longest_span = std::max(sum.longest_span, site.span.max());
      sum.lifetime.merge(site.lifetime);
    }
  }
  return places;
}

SiteChange compare_places(const Sides& sides, const std::vector<PlaceSum>* base,
                          const std::vector<PlaceSum>* now) {
  const std::vector<PlaceSum> no_base(sides.base().size());
  const std::vector<PlaceSum> no_now(sides.now().size());
  const std::vector<PlaceSum>& before = base != nullptr ? *base : no_base;
  const std::vector<PlaceSum>& after = now != nullptr ? *now : no_now;
  SiteChange row;
  for (const auto& [side, sums] : {std::pair(sides.now(), &after), std::pair(sides.base(), &before)}) {
    const auto has =
        std::find_if(sums->begin(), sums->end(), [](const PlaceSum& sum) { return sum.created > 0; });
    if (has == sums->end()) continue;
    const model::Site& site = side[static_cast<std::size_t>(has - sums->begin())].trace.sites[has->site];
    row.kind = site.kind;
    row.place = detect::place_text(site);
    break;
  }
  if (after.front().created > 0) row.site = after.front().site;
  const auto of = [](Sides::Side side, const std::vector<PlaceSum>& sums, const auto& value) {
    return each(side, [&](std::size_t run) { return number(value(sums[run])); });
  };
  const auto both = [&](const auto& value) {
    return std::pair(of(sides.base(), before, value), of(sides.now(), after, value));
  };
  const auto created = both([](const PlaceSum& sum) { return sum.created; });
  row.created = rates(sides, created.first, created.second, Taste::none);
  const auto pending = both([](const PlaceSum& sum) { return sum.pending(); });
  row.pending = counts(sides, pending.first, pending.second, kLeastShare, Taste::less_is_better);
  const auto lifetimes = [](const std::vector<PlaceSum>& sums) {
    Histograms all;
    for (const PlaceSum& sum : sums) all.push_back(&sum.lifetime);
    return all;
  };
  row.lifetime_p50 = quantiles(sides, lifetimes(before), lifetimes(after), 0.5, true);
  row.lifetime_p99 = quantiles(sides, lifetimes(before), lifetimes(after), 0.99, true);
  const auto run = both([](const PlaceSum& sum) { return sum.run; });
  const auto longest = [](const std::vector<PlaceSum>& sums) {
    Nanos most = 0;
    for (const PlaceSum& sum : sums) most = std::max(most, sum.longest_span);
    return number(most);
  };
  row.run = time_shares(sides, run.first, run.second, longest(before), longest(after));
  if (base == nullptr || now == nullptr) {
    row.change = base == nullptr ? Change::appeared : Change::gone;
    for (Compared* cell : {&row.created, &row.pending, &row.lifetime_p50, &row.lifetime_p99, &row.run}) {
      (base == nullptr ? cell->base : cell->now) = "-";
      (base == nullptr ? cell->base_number : cell->now_number).reset();
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

}  // namespace

std::vector<SiteChange> compare_sites(const Sides& sides) {
  const Places base = sums_by_place(sides.base());
  const Places now = sums_by_place(sides.now());
  struct Ranked {
    SiteChange row;
    double run = 0;  // the more of both, of a second
    double created = 0;
  };
  std::vector<Ranked> ranked;
  const auto add = [&](const std::vector<PlaceSum>* before, const std::vector<PlaceSum>* after) {
    Ranked one{compare_places(sides, before, after), 0, 0};
    one.run = std::max(one.row.run.base_number.value_or(0), one.row.run.now_number.value_or(0));
    one.created = std::max(one.row.created.base_number.value_or(0), one.row.created.now_number.value_or(0));
    ranked.push_back(std::move(one));
  };
  for (const auto& [key, sums] : now) {
    const auto found = base.find(key);
    add(found == base.end() ? nullptr : &found->second, &sums);
  }
  for (const auto& [key, sums] : base) {
    if (!now.contains(key)) add(&sums, nullptr);
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

}  // namespace loopscope::report
