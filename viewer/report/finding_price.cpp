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

// The first that a finding has is its price.
constexpr std::array<PriceWords, 9> kPrices{{{"calls_total", "in blocking calls", true},
                                             {"blocked_total", "blocked", true},
                                             {"busy_in_a_row", "busy without a pause", true},
                                             {"run_queue_wait_total", "without a processor", true},
                                             {"growth", "more than at first", true},
                                             {"pending", "retained", true},
                                             {"abandoned", "destroyed unfinished", true},
                                             {"lag_max", "late at its worst", false},
                                             {"lost_events", "lost", true}}};

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
