// See entered.h.
#include "agent/adapters/loops/entered.h"

namespace loopscope::loops {

__thread Entered entered __attribute__((tls_model("initial-exec")));

}  // namespace loopscope::loops

extern "C" loopscope::loops::Entered* loopscope_internal_entered(void) { return &loopscope::loops::entered; }
