// Two traces side by side in the window: the comparison of the reports, and its tables for the clipboard. Pure, any thread.
#pragma once

#include <string>

#include "viewer/analysis.h"
#include "viewer/report/comparison.h"

namespace loopscope::view {

using report::Change;
using report::change_word;
using report::Compared;
using report::Comparison;
using report::FactRow;
using report::FindingRow;
using report::percent_change_text;
using report::SiteChange;

inline Comparison compare(const Analysis& base, const Analysis& now) {
  return report::compare(base.contents(), now.contents());
}

// Three tables with tab-separated cells.
std::string comparison_text(const Comparison& comparison);

}  // namespace loopscope::view
