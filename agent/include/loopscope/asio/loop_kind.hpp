// Says which loops are Asio's: those that are found where a thread is in the run function of one of its schedulers. Asio is
// compiled into the program, so that no file's name tells it. Part of loopscope/asio.hpp.
#ifndef LOOPSCOPE_ASIO_LOOP_KIND_HPP
#define LOOPSCOPE_ASIO_LOOP_KIND_HPP

#include <loopscope/loopscope.h>

// Of one of the two Asios, `name`, in that namespace. Before main, or as a library is loaded, and until it is unloaded: so
// each library has a function of its own. Asio keeps the schedulers that run on a thread in a stack of that thread.
#define LOOPSCOPE_ASIO_TELL_LOOPS(name, asio_namespace)                                              \
  __attribute__((visibility("hidden"))) inline int loopscope_runs_##name() {                         \
    return asio_namespace::detail::call_stack<asio_namespace::detail::thread_context,                \
                                              asio_namespace::detail::thread_info_base>::top() != 0; \
  }                                                                                                  \
  namespace {                                                                                        \
  __attribute__((constructor(102), used)) void loopscope_tell_loops_of_##name() {                    \
    loopscope_loop_kind("asio", &loopscope_runs_##name);                                             \
  }                                                                                                  \
  __attribute__((destructor(102), used)) void loopscope_take_back_loops_of_##name() {                \
    loopscope_loop_kind(0, &loopscope_runs_##name);                                                  \
  }                                                                                                  \
  }

#endif
