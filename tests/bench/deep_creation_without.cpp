#include "tests/bench/deep_creation.h"

namespace loopscope::bench::without_frame_pointers {
#include "tests/bench/deep_creation.inc"
}
