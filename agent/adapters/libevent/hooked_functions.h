// The functions of libevent that we stand in front of, each once. The exported symbols follow this list, and a test holds
// it against the libraries. Those with an underscore at the end are libevent's own, which it calls through its PLT: every
// add, deletion and activation of an event goes through them, whoever asked for it.
#pragma once

// clang-format off
#define LOOPSCOPE_EVENT_HOOKED_FUNCTIONS(X)                                                             \
  /* loops */                                                                                           \
  X(event_base_new_with_config) X(event_base_free) X(event_base_free_nofinalize) X(event_base_loop)     \
  /* events become pending, ready, and neither */                                                       \
  X(event_add_nolock_) X(event_active_nolock_) X(event_del_nolock_) X(event_remove_timer_nolock_)       \
  /* who asked, and for what */                                                                         \
  X(event_add) X(event_active) X(event_base_once)                                                       \
  X(event_del_noblock) X(event_finalize) X(event_free_finalize) X(event_callback_finalize_nolock_)      \
  /* what the user put into an event */                                                                 \
  X(event_get_callback) X(event_get_callback_arg) X(event_get_assignment)
// clang-format on
