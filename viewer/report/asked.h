// Questions about single requests, with their answers: what `analyze` was asked besides what it always says. Made by the
// command line, formatted by the reports.
#pragma once

#include <optional>

#include "viewer/detect/context_costs.h"
#include "viewer/detect/request_paths.h"

namespace loopscope::report {

struct Asked {
  std::optional<detect::ContextCosts> by;
  std::optional<detect::RequestPaths> task;
  std::optional<detect::RequestPaths> context;

  bool any() const { return by || task || context; }
};

}  // namespace loopscope::report
