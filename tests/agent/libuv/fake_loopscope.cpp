// See fake_loopscope.h.
#include "tests/agent/libuv/fake_loopscope.h"

#include <map>
#include <mutex>

#include "agent/adapters/loops/activity.h"
#include "agent/blocking.h"
#include "agent/loop_kind.h"
#include "agent/woken.h"

namespace {

struct Site {
  std::string kind;
  uint32_t flags;
  std::string file = {};
  uint32_t line = 0;
  bool operator==(const Site&) const = default;
};

std::mutex mutex;
std::vector<fake::Event>& list() {
  static auto* events = new std::vector<fake::Event>;
  return *events;
}
std::vector<Site>& sites() {
  static auto* all = new std::vector<Site>;
  return *all;
}
std::map<loopscope_task, Site>& kinds() {
  static auto* all = new std::map<loopscope_task, Site>;
  return *all;
}
std::map<int (*)(), std::string>& kinds_of_loops() {
  static auto* all = new std::map<int (*)(), std::string>;
  return *all;
}
loopscope_task last_task;
loopscope_loop last_loop;
int activities;
thread_local std::vector<loopscope_task> running;

void add(fake::Event event) {
  event.thread = std::this_thread::get_id();
  std::lock_guard guard(mutex);
  if (event.kind.empty() && kinds().count(event.id)) event.kind = kinds()[event.id].kind;
  list().push_back(std::move(event));
}

}  // namespace

namespace fake {

void start() {
  std::lock_guard guard(mutex);
  list().clear();
  activities = 0;
  __atomic_store_n(&loopscope_recording_flag[0], 1, __ATOMIC_RELAXED);
}
void stop() { __atomic_store_n(&loopscope_recording_flag[0], 0, __ATOMIC_RELAXED); }
std::vector<Event> events() {
  std::lock_guard guard(mutex);
  return list();
}
int loop_activities() { return activities; }

}  // namespace fake

namespace loopscope::loops {
void loop_activity() { ++activities; }
bool may_begin_recording() { return false; }
}  // namespace loopscope::loops

extern "C" {

int loopscope_recording_flag[16];

// No call blocks here.
void loopscope_internal_woken(uint32_t, int, const uint64_t*, uint32_t) {}
int loopscope_loop_kind(const char* kind, int (*runs_here)()) {
  std::lock_guard guard(mutex);
  kinds_of_loops().erase(runs_here);
  if (kind != nullptr) kinds_of_loops()[runs_here] = kind;
  return 0;
}
const char* loopscope_internal_loop_kind() {
  std::lock_guard guard(mutex);
  for (const auto& [runs_here, kind] : kinds_of_loops()) {
    if (runs_here() != 0) return kind.c_str();
  }
  return nullptr;
}
int loopscope_internal_has_loop_kinds() {
  std::lock_guard guard(mutex);
  return !kinds_of_loops().empty();
}
__thread loopscope_internal_calls loopscope_internal_my_calls;
uint64_t loopscope_internal_ticks() { return 0; }
void loopscope_internal_blocked(const char*, loopscope_site, uint64_t, uint64_t, int, const void*) {}

loopscope_site loopscope_site_define(const loopscope_site_info* info) {
  std::lock_guard guard(mutex);
  const Site site{info->kind, info->flags, info->file ? info->file : "", info->line};
  for (size_t i = 0; i < sites().size(); ++i) {
    if (sites()[i] == site) return static_cast<uint32_t>(i + 1);
  }
  sites().push_back(site);
  return static_cast<loopscope_site>(sites().size());
}

loopscope_task loopscope_task_created_from(loopscope_site site, loopscope_task parent, const void* address) {
  if (!loopscope_recording()) return 0;
  fake::Event event{.what = fake::What::created};
  {
    std::lock_guard guard(mutex);
    event.id = ++last_task;
    event.kind = sites()[site - 1].kind;
    event.flags = sites()[site - 1].flags;
    event.file = sites()[site - 1].file;
    event.line = sites()[site - 1].line;
    kinds()[event.id] = sites()[site - 1];
  }
  event.parent = parent == LOOPSCOPE_RUNNING_TASK ? loopscope_current_task() : parent;
  event.return_address = address;
  add(event);
  return event.id;
}
loopscope_task loopscope_task_created(loopscope_site site) {
  return loopscope_task_created_from(site, loopscope_current_task(), nullptr);
}

void loopscope_task_ready(loopscope_task task) {
  if (loopscope_recording() && task) add({.what = fake::What::ready, .id = task});
}
void loopscope_task_due(loopscope_task task, uint64_t in_ns) {
  if (loopscope_recording() && task) {
    add({.what = fake::What::due, .id = task, .code = static_cast<int64_t>(in_ns)});
  }
}
void loopscope_span_begin(loopscope_task task) {
  if (!loopscope_recording() || !task) return;
  running.push_back(task);
  add({.what = fake::What::span_begin, .id = task});
}
void loopscope_span_end(loopscope_task task) {
  if (!loopscope_recording() || !task) return;
  if (!running.empty() && running.back() == task) running.pop_back();
  add({.what = fake::What::span_end, .id = task});
}
void loopscope_task_finished(loopscope_task task) {
  loopscope_task_finished_with(task, LOOPSCOPE_OUTCOME_OK, 0, nullptr);
}
void loopscope_span_end_finished(loopscope_task task) {
  loopscope_span_end(task);
  loopscope_task_finished(task);
}
void loopscope_task_bytes(loopscope_task task, uint64_t bytes) {
  if (loopscope_recording() && task) {
    add({.what = fake::What::bytes, .id = task, .code = static_cast<int64_t>(bytes)});
  }
}
void loopscope_span_end_finished_bytes(loopscope_task task, uint64_t bytes) {
  loopscope_task_bytes(task, bytes);
  loopscope_span_end_finished(task);
}
void loopscope_task_finished_with(loopscope_task task, loopscope_outcome outcome, int64_t code,
                                  const char* text) {
  if (!loopscope_recording() || !task) return;
  add({.what = fake::What::finished, .id = task, .outcome = outcome, .code = code, .text = text ? text : ""});
}
loopscope_task loopscope_current_task(void) { return running.empty() ? 0 : running.back(); }
void loopscope_cancel_requested(loopscope_task task, loopscope_site) {
  if (loopscope_recording() && task) {
    add({.what = fake::What::cancel_requested, .id = task, .parent = loopscope_current_task()});
  }
}

loopscope_loop loopscope_loop_created(const char* kind, const char* name) {
  fake::Event event{.what = fake::What::loop_created, .kind = kind, .name = name ? name : ""};
  {
    std::lock_guard guard(mutex);
    event.id = ++last_loop;
  }
  add(event);
  return static_cast<loopscope_loop>(event.id);
}
void loopscope_loop_closed(loopscope_loop loop) {
  add({.what = fake::What::loop_closed, .id = loop, .kind = "loop"});
}
void loopscope_loop_entered(loopscope_loop loop) {
  if (!loopscope_recording()) return;
  add({.what = fake::What::loop_entered, .id = loop, .kind = "loop"});
}
void loopscope_loop_left(loopscope_loop loop, loopscope_loop outer) {
  if (!loopscope_recording()) return;
  add({.what = fake::What::loop_left, .id = loop, .kind = "loop", .code = outer});
}
void loopscope_poll_begin(loopscope_loop loop, uint64_t timeout_ns) {
  add({.what = fake::What::poll_begin, .id = loop, .kind = "loop", .code = static_cast<int64_t>(timeout_ns)});
}
void loopscope_poll_end(loopscope_loop loop, uint32_t count) {
  add({.what = fake::What::poll_end, .id = loop, .kind = "loop", .code = count});
}
void loopscope_lag_sample(loopscope_loop loop, uint64_t late_ns) {
  add({.what = fake::What::lag, .id = loop, .kind = "loop", .code = static_cast<int64_t>(late_ns)});
}

}  // extern "C"

// As in the agent: the same functions for callers that have looked at the switch.
#define LOOPSCOPE_RECORDED(name) \
  extern "C" decltype(loopscope_##name) loopscope_recorded_##name __attribute__((alias("loopscope_" #name)))
LOOPSCOPE_RECORDED(task_created);
LOOPSCOPE_RECORDED(task_created_from);
LOOPSCOPE_RECORDED(task_due);
LOOPSCOPE_RECORDED(task_ready);
LOOPSCOPE_RECORDED(task_finished);
LOOPSCOPE_RECORDED(span_begin);
LOOPSCOPE_RECORDED(span_end);
LOOPSCOPE_RECORDED(span_end_finished);
LOOPSCOPE_RECORDED(span_end_finished_bytes);
LOOPSCOPE_RECORDED(task_bytes);
LOOPSCOPE_RECORDED(poll_begin);
LOOPSCOPE_RECORDED(poll_end);
