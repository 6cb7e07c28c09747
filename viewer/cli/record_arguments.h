// argv of `loopscope record` → RecordOptions. Called by record.
#pragma once

#include <optional>

#include "viewer/cli/record_options.h"

namespace loopscope::cli {

// `argv[0]` is "record". Everything behind the first `--`, or from the first word that is no option, is the
// program and its arguments. Nothing if the command ends here (help, a mistake): then `status` is its exit code
// and what there is to say has been said.
std::optional<RecordOptions> parse_record_arguments(int argc, char** argv, int& status);

}  // namespace loopscope::cli
