// The report for people: at most 80 columns, worst finding first. Called by the command line. Pure.
#pragma once

#include <string>

#include "viewer/report/contents.h"

namespace loopscope::report {

struct TextOptions {
  bool coloured = false;
};

std::string text_report(const Contents& contents, const TextOptions& options);

}  // namespace loopscope::report
