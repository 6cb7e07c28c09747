// The functions of liburing that we stand in front of, beside those that loops wait in (agent/adapters/loops), each once. The
// exported symbols follow this list, and a test holds it against the library.
#pragma once

struct io_uring;
struct io_uring_params;

// Of later versions than the one that this is built with.
extern "C" int io_uring_resize_rings(io_uring*, io_uring_params*);

// clang-format off
#define LOOPSCOPE_URING_HOOKED_FUNCTIONS(X)                                                             \
  /* rings */                                                                                           \
  X(io_uring_queue_init) X(io_uring_queue_init_params) X(io_uring_queue_mmap) X(io_uring_queue_exit)    \
  X(io_uring_resize_rings)                                                                              \
  /* operations are submitted, completions looked at */                                                 \
  X(io_uring_submit) X(io_uring_submit_and_get_events) X(io_uring_get_events) X(io_uring_peek_batch_cqe)
// clang-format on
