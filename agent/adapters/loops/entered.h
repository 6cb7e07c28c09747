// What a library's own adapter knows better than its waits tell: that a loop of it runs on this thread, and which
// waits are that loop's. Told by the adapter around the library's run function; asked at each wait. Thread-local.
#pragma once

#include <loopscope/loopscope.h>

#include <cstdint>

namespace loopscope::loops {

struct AddressRange {
  uintptr_t begin;
  uintptr_t end;
  bool contains(const void* address) const {
    return reinterpret_cast<uintptr_t>(address) - begin < end - begin;
  }
};

struct Entered {
  loopscope_loop loop;      // of the innermost run function; 0: none runs here
  loopscope_loop found;     // found by its waits: this thread is in a tick of it; 0: in none
  AddressRange library;     // waits from here are the loop's
  const bool* in_callback;  // ... but while this says that the user's code runs; may be nullptr
  AddressRange
      told;  // waits from here are told by somebody else; for a loop whose run function is not hooked
  bool by_epoll_only;        // the library's other waits are for something else
  bool in_synchronous_call;  // of the library's, which is recorded as a task of its own
};

// Of the library that these hooks are in, which is in front wherever one of its hooks is called.
extern __thread Entered entered __attribute__((tls_model("initial-exec")));

}  // namespace loopscope::loops

extern "C" {

// The calling thread's. Exported by each library that hooks waits: answers the one whose hooks are in front, in
// symbol order, however many are in the process.
LOOPSCOPE_API loopscope::loops::Entered* loopscope_internal_entered(void);
}
