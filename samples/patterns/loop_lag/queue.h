// A program's own queue of jobs beside its loop, told to loopscope: ready when they come, a span when they run. The loop
// takes one of them a tick. Loop thread.
#pragma once

#include <loopscope/loopscope.h>
#include <uv.h>

#include <deque>

#include "samples/patterns/work.h"

namespace queue {

constexpr double kJobMs = 5;

struct Jobs {
  loopscope_site site = 0;
  std::deque<loopscope_task> ready;
  uv_idle_t runs_one;
  uv_timer_t comes;
  int at_once = 0;
  int times = 0;
};

inline void run_one(uv_idle_t* idle) {
  auto* jobs = static_cast<Jobs*>(idle->data);
  if (jobs->ready.empty()) {
    uv_idle_stop(idle);
    if (jobs->times == 0) uv_close(reinterpret_cast<uv_handle_t*>(idle), nullptr);
    return;
  }
  const loopscope_task job = jobs->ready.front();
  jobs->ready.pop_front();
  loopscope_span_begin(job);
  patterns::compute_ms(kJobMs);
  loopscope_span_end_finished(job);
}

inline void come(uv_timer_t* timer) {
  auto* jobs = static_cast<Jobs*>(timer->data);
  for (int i = 0; i < jobs->at_once; ++i) {
    jobs->ready.push_back(loopscope_task_created(jobs->site));
    loopscope_task_ready(jobs->ready.back());
  }
  uv_idle_start(&jobs->runs_one, run_one);
  if (--jobs->times == 0) uv_close(reinterpret_cast<uv_handle_t*>(timer), nullptr);
}

// So many jobs at once, every `period_ms`.
inline void run(int at_once, uint64_t period_ms, int times) {
  Jobs jobs;
  loopscope_site_info info{};
  info.size = sizeof info;
  info.kind = "job";
  info.file = __FILE__;
  info.line = __LINE__;
  info.function = "queue::come";
  jobs.site = loopscope_site_define(&info);
  jobs.at_once = at_once;
  jobs.times = times;
  uv_idle_init(uv_default_loop(), &jobs.runs_one);
  jobs.runs_one.data = &jobs;
  uv_timer_init(uv_default_loop(), &jobs.comes);
  jobs.comes.data = &jobs;
  uv_timer_start(&jobs.comes, come, period_ms, period_ms);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

}  // namespace queue
