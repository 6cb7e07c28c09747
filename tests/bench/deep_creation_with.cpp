#include "tests/bench/deep_creation.h"

#include <pthread.h>

#include <ctime>

#include "tests/bench/rounds.h"

namespace loopscope::bench::with_frame_pointers {
#include "tests/bench/deep_creation.inc"
}
