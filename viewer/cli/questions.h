// What `loopscope analyze` is asked about single requests (--by, --task, --context), and the answers from one trace. Called
// by analyze.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "viewer/base/result.h"
#include "viewer/model/trace.h"
#include "viewer/report/asked.h"

namespace loopscope::cli {

struct Questions {
  std::string by;       // a key; "": not asked
  std::string task;     // a task's number, as typed; "": not asked
  std::string context;  // key=value, as typed; "": not asked

  bool any() const { return !by.empty() || !task.empty() || !context.empty(); }
  // They are about when tasks ran, of which only a timeline tells.
  bool need_timeline() const { return !task.empty() || !context.empty(); }
  // "": they can be asked; else what is wrong with them.
  std::string mistake() const;
};

// Precondition: no mistake(). The error says which keys, or values, or tasks there are instead.
Result<report::Asked> answers(const model::Trace& trace, const Questions& questions);

}  // namespace loopscope::cli
