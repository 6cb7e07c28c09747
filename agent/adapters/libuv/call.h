// One call of a hooked function: who called (the user, or libuv itself through its PLT), and whether to record
// it. On any thread.
#pragma once

#include <loopscope/loopscope.h>

#include <cstdint>

#include "agent/adapters/libuv/symbols.h"
#include "agent/adapters/loops/entered.h"

#define LOOPSCOPE_HOOK extern "C" __attribute__((visibility("default")))

namespace loopscope::uv {

// A user's callback that runs on this thread. Kept in the thread, not on the stack, so that an exception or
// longjmp through libuv leaves nothing behind that points into a dead stack.
struct RunningCallback {
  const void* frame;  // the stack grows down: what lies below the running frame has been left
  loopscope_task task;
  loopscope_outcome finish_with;  // asked for while the callback ran; 0: not
  int status;
};

struct ThreadState {
  static constexpr unsigned kMaxDepth = 8;
  bool in_user_callback;  // the innermost of our frames is a user's callback, not a function of libuv's
  bool in_walk;           // a callback of uv_walk is running
  unsigned depth;
  RunningCallback running[kMaxDepth];
};

extern __thread ThreadState thread_state __attribute__((tls_model("initial-exec")));

// libuv calls its own functions through the PLT, so they arrive here like the user's. A return address in
// libuv's code (or, after a tail call inside libuv, in ours) tells them, but a user's callback that ends in a
// tail call has libuv's return address as well: so what our trampolines are running is asked first.
inline bool called_by_libuv(const void* return_address) {
  return !thread_state.in_user_callback &&
         (symbols.libuv_code.contains(return_address) || symbols.own_code.contains(return_address));
}

class Call {
 public:
  explicit Call(const void* caller)
      : return_address(caller),
        libuv(uv::libuv()),
        from_user(!called_by_libuv(caller)),
        was_in_user_callback_(thread_state.in_user_callback) {
    thread_state.in_user_callback = false;
  }
  // Of a caller that is known to be the user.
  struct OfUser {};
  Call(const void* caller, OfUser)
      : return_address(caller),
        libuv(uv::libuv()),
        from_user(true),
        was_in_user_callback_(thread_state.in_user_callback) {
    thread_state.in_user_callback = false;
  }
  ~Call() { thread_state.in_user_callback = was_in_user_callback_; }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  bool traced() const { return from_user && loopscope_recording(); }

  const void* const return_address;
  const Libuv& libuv;
  const bool from_user;

 private:
  const bool was_in_user_callback_;
};

#define LOOPSCOPE_UV_CALL const Call call(__builtin_return_address(0))

// A hook that libuv itself often arrives at: its own calls go straight on, the user's to `hook`, which gets the
// return address first. Before libuv is resolved nothing is its own.
#define LOOPSCOPE_UV_PASS_OR(hook, function, ...)                            \
  do {                                                                       \
    const void* const caller = __builtin_return_address(0);                  \
    if (called_by_libuv(caller)) return symbols.libuv.function(__VA_ARGS__); \
    return hook(caller, __VA_ARGS__);                                        \
  } while (false)

}  // namespace loopscope::uv
