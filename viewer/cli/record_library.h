// Where libloopscope_preload.so is: beside this program, in the build tree as in an installation. Called by record.
#pragma once

#include <string>

#include "viewer/base/result.h"

namespace loopscope::cli {

Result<std::string> find_preload_library();

}  // namespace loopscope::cli
