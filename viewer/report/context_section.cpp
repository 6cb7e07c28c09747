#include "viewer/report/context_section.h"

#include <algorithm>

#include <fmt/format.h>

#include "viewer/base/text.h"

namespace loopscope::report {
namespace {

// The JSON has all of them.
constexpr std::size_t kMostRows = 20;
constexpr std::size_t kKindColumns = 24;

std::string name_of(const detect::ContextCost& cost) {
  if (cost.rest) return "all others";
  return cost.value.empty() ? "\"\"" : cost.value;
}

std::string zero_as_dash(Nanos time) { return time == 0 ? "-" : duration_text(time); }
std::string zero_as_dash(std::uint64_t count) { return count == 0 ? "-" : count_text(count); }

std::string waits_text(const detect::ContextCost& cost) {
  std::string text;
  for (const detect::WaitOfKind& wait : cost.waits) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", shorten_name(safe_text(wait.kind), kKindColumns),
                        duration_text(wait.time));
  }
  return text.empty() ? "-" : text;
}

}  // namespace

void print_contexts(Page& page, const detect::ContextCosts& costs) {
  using Align = Table::Align;
  const std::string key = shorten_name(safe_text(costs.key), 30);
  std::vector<const detect::ContextCost*> shown;
  for (const detect::ContextCost& cost : costs.rows) {
    if (shown.size() < kMostRows || cost.rest) shown.push_back(&cost);
  }
  Table latency({{key, Align::left, true},
                 {"requests"},
                 {"p50"},
                 {"p99"},
                 {"max"},
                 {"blocked"},
                 {"held up"},
                 {"failed"}});
  Table waits(
      {{key, Align::left, true}, {"in all"}, {"tasks"}, {"unfinished"}, {"waited for", Align::left, true}});
  for (const detect::ContextCost* const cost : shown) {
    const bool any = cost->requests > cost->unfinished;
    const auto time = [any](Nanos value) { return any ? duration_text(value) : std::string("-"); };
    latency.row({name_of(*cost), count_text(cost->requests), time(cost->p50), time(cost->p99),
                 time(cost->max), zero_as_dash(cost->blocked), zero_as_dash(cost->held_up),
                 zero_as_dash(cost->failed)});
    waits.row({name_of(*cost), duration_text(cost->total), count_text(cost->tasks),
               zero_as_dash(cost->unfinished), waits_text(*cost)});
  }
  page.gap();
  latency.print(page, 0);
  page.gap();
  waits.print(page, 0);
  const std::size_t left_out = costs.rows.size() - shown.size();
  if (left_out > 0) {
    page.line(fmt::format("... and {} more {}; --format json has {}", count_text(left_out),
                          left_out == 1 ? "value" : "values", left_out == 1 ? "it" : "them"),
              Ink::faint);
  }
  page.gap();
  page.paragraph(
      {"", Ink::plain}, 0,
      "blocked: stalls in its own callbacks; held up: ready while stalls of others had the loop; in "
      "all: the latencies of all its requests together",
      Ink::faint);
}

}  // namespace loopscope::report
