// 211 requests, one every 3 ms, each answered 7 ms later. A request has a deadline, an hour away. Loop thread.
#pragma once

#include <uv.h>

#include "samples/patterns/work.h"

namespace requests {

constexpr int kAll = 211;
constexpr uint64_t kEveryMs = 3;
constexpr uint64_t kAnswerMs = 7;
constexpr uint64_t kDeadlineMs = 3'600'000;
// The server stays up for a while.
constexpr uint64_t kStaysMs = 503;

struct Request {
  int number = 0;
  uv_timer_t* deadline = nullptr;
};

// Told by the program: starts the deadline, and puts it away or not.
void begin(Request* request);
void answered(Request* request);

inline uv_timer_t* start_deadline(uv_timer_cb passed, unsigned& line) {
  auto* timer = new uv_timer_t;
  uv_timer_init(uv_default_loop(), timer);
  line = __LINE__ + 1;
  uv_timer_start(timer, passed, kDeadlineMs, 0);
  return timer;
}

inline void after_answer(uv_timer_t* timer) {
  auto* request = static_cast<Request*>(timer->data);
  patterns::close_and_delete(timer);
  answered(request);
  delete request;
}

inline void next(uv_timer_t* timer) {
  static int started = 0;
  if (started == kAll) {
    uv_timer_stop(timer);
    uv_timer_start(
        timer, [](uv_timer_t* all) { patterns::close_and_delete(all), uv_stop(uv_default_loop()); }, kStaysMs,
        0);
    return;
  }
  auto* request = new Request{started++, nullptr};
  begin(request);
  auto* answer = new uv_timer_t;
  answer->data = request;
  uv_timer_init(uv_default_loop(), answer);
  uv_timer_start(answer, after_answer, kAnswerMs, 0);
}

inline void serve() {
  auto* arrivals = new uv_timer_t;
  uv_timer_init(uv_default_loop(), arrivals);
  uv_timer_start(arrivals, next, kEveryMs, kEveryMs);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

}  // namespace requests
