// A double of the agent's C interface that keeps every call in a list, so that tests can say what the hooks told.
// Linked with the hooks into one shared library, as the real agent is beside them. Thread-safe.
#pragma once

#include <loopscope/loopscope.h>

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace fake {

enum class What {
  created,
  ready,
  due,
  span_begin,
  span_end,
  finished,
  cancel_requested,
  bytes,
  loop_created,
  loop_closed,
  loop_entered,
  loop_left,
  poll_begin,
  poll_end,
  lag,
};

struct Event {
  What what;
  uint64_t id = 0;  // task or loop
  std::string kind;
  std::string name;
  std::string file;  // of its site
  uint32_t line = 0;
  uint32_t flags = 0;
  loopscope_task parent = 0;  // or who asked to cancel
  const void* return_address = nullptr;
  loopscope_outcome outcome = LOOPSCOPE_OUTCOME_OK;
  int64_t code = 0;  // error code, due_ns, timeout_ns, number of events or of bytes
  std::string text;
  std::thread::id thread;
};

// Forgets everything and begins or ends to record.
LOOPSCOPE_API void start();
LOOPSCOPE_API void stop();
LOOPSCOPE_API std::vector<Event> events();
// How often the hooks reported loop activity.
LOOPSCOPE_API int loop_activities();

}  // namespace fake
