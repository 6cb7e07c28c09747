// See blocking_call.h.
#include "agent/adapters/libc/blocking_call.h"

namespace loopscope::libc {

void tell_blocked(Name name, uint64_t begin, uint64_t end, int error, const void* return_address) {
  loopscope_internal_blocked(text_of(name), site_of(name), begin, end, error, return_address);
}

}  // namespace loopscope::libc
