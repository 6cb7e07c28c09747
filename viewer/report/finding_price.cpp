#include "viewer/report/finding_price.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

#include "viewer/report/evidence_text.h"

namespace loopscope::report {
namespace {

struct PriceWords {
  std::string_view evidence;
  std::string_view words;
  bool sums_up;
};

// The first that a finding has is its price: what a program would get back comes before what there is of it.
constexpr auto kPrices = std::to_array<PriceWords>({
    {"calls_total", "in blocking calls", true},
    {"blocked_total", "blocked", true},
    {"busy_in_a_row", "busy without a pause", true},
    {"run_queue_wait_total", "without a processor", true},
    {"saved_total", "to be saved", true},
    {"ran_on_total", "of work that nobody wants", true},
    {"ran_meanwhile", "run after the cancellation", true},
    {"paused_total", "paused", true},
    {"spinning", "spinning", true},
    {"waiting_total", "waiting", true},
    {"growth", "more than at first", true},
    {"pending", "retained", true},
    {"abandoned", "destroyed unfinished", true},
    {"tasks_in_cycles", "in cycles", true},
    {"unhandled", "failed unseen", true},
    {"fire_and_forget", "that nobody awaits", true},
    {"peak_at_once", "at once", false},
    {"waited_total", "in the queue", true},
    {"around_their_run", "around their run", true},
    {"lag_max", "late at its worst", false},
    {"lost_events", "lost", true},
});

}  // namespace

FindingPrice price_of(const detect::Finding& finding) {
  for (const PriceWords& price : kPrices) {
    for (const detect::Evidence& evidence : finding.evidence) {
      if (evidence.name != price.evidence || !(evidence.value > 0)) continue;
      return {&evidence, price.sums_up, fmt::format("{} {}", evidence_value(evidence), price.words)};
    }
  }
  return {};
}

}  // namespace loopscope::report
