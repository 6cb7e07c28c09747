// What was asked about single requests, for programs: more names in the object that json_report makes. Called by it. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "viewer/report/contents.h"

namespace loopscope::report {

// "by", "task_path" and "context_path", each only if it was asked for.
void add_asked(nlohmann::ordered_json& json, const Contents& contents);

}  // namespace loopscope::report
