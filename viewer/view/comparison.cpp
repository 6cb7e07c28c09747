#include "viewer/view/comparison.h"

#include "viewer/view/tab_text.h"

namespace loopscope::view {

std::string comparison_text(const Comparison& comparison) {
  std::string text;
  add_row(text, {"fact", "base", "now", "change", "verdict"});
  add_row(text, {"trace", comparison.base_path, comparison.now_path, "", ""});
  for (const FactRow& row : comparison.facts) {
    add_row(text, {row.name, row.value.base, row.value.now, percent_change_text(row.value),
                   change_word(row.value.change)});
  }
  text += '\n';
  add_row(text, {"verdict", "severity", "detector", "place", "title", "evidence", "base", "now", "change",
                 "waited_base", "waited_now"});
  for (const FindingRow& row : comparison.findings) {
    add_row(text, {change_word(row.change), std::string(detect::name_of(row.severity)), row.detector,
                   row.place, row.title, row.evidence_name, row.evidence.base, row.evidence.now,
                   percent_change_text(row.evidence), row.price.base, row.price.now});
  }
  text += '\n';
  add_row(text, {"verdict", "kind", "place", "created_base", "created_now", "pending_base", "pending_now",
                 "p50_base", "p50_now", "p99_base", "p99_now", "run_base", "run_now"});
  for (const SiteChange& row : comparison.sites) {
    add_row(text, {change_word(row.change), row.kind, row.place, row.created.base, row.created.now,
                   row.pending.base, row.pending.now, row.lifetime_p50.base, row.lifetime_p50.now,
                   row.lifetime_p99.base, row.lifetime_p99.now, row.run.base, row.run.now});
  }
  return text;
}

}  // namespace loopscope::view
