// All findings in one word and one line. Called by viewer/analysis. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/detect/finding.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

struct Verdict {
  enum class Status : std::uint8_t { healthy, warning, critical };
  Status status = Status::healthy;
  std::string headline;  // one line without a full stop
};

std::string_view name_of(Verdict::Status status);

// `findings` worst first. Info findings leave the program healthy.
Verdict verdict_on(const model::Trace& trace, const std::vector<Finding>& findings);

}  // namespace loopscope::detect
