// A blocking call is measured while nothing is written; only when it took too long, its task, span and end are
// recorded, all at once, with the times that they had.
#include "agent/record/blocked.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "agent/blocking.h"
#include "agent/record/catalog.h"
#include "agent/record/recorder.h"
#include "agent/stack/unwind.h"

namespace loopscope::record {
namespace {

struct Policy {
  BlockingPolicy asked;
  pid_t pid;                       // a vfork child, which borrows its parent's thread, has another
  const Policy* before = nullptr;  // a hook of another thread may be reading it: none is freed
};
std::atomic<const Policy*> g_policy{nullptr};

struct Call {
  const char* name;
  std::uint64_t begin, end;  // ticks
  std::uint64_t frames[kMaxFrames];
  std::uint32_t count;
  bool truncated;
};

// Whether the calling thread is busy with a loop that is being recorded.
bool is_busy() {
  const int number = recording_number();
  const Pen& pen = t_pen;
  return number > 0 && pen.recording == number && pen.state->busy_since.load(std::memory_order_relaxed) != 0;
}

// Of a return address; as far as dynamic symbols tell. Takes the dynamic linker's lock.
const char* function_at(std::uint64_t address, Dl_info& info) {
  if (dladdr(reinterpret_cast<const void*>(address - 1), &info) == 0) info = {};
  return info.dli_sname;
}

bool is_allowed(const std::vector<std::string>& allowed, const Call& call) {
  const auto has = [&](const char* name) {
    return name != nullptr &&
           std::any_of(allowed.begin(), allowed.end(), [&](const std::string& one) { return one == name; });
  };
  if (allowed.empty()) return false;
  if (has(call.name)) return true;
  Dl_info info;
  return std::any_of(call.frames, call.frames + call.count,
                     [&](std::uint64_t frame) { return has(function_at(frame, info)); });
}

void print(const char* line, int length, std::size_t room) {
  const std::size_t size = std::min(static_cast<std::size_t>(std::max(length, 0)), room - 1);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line, size);
}

[[noreturn]] void abort_at(const Call& call) {
  char line[1024];
  const double ms =
      static_cast<double>(call.end - call.begin) * 1e3 / static_cast<double>(ticks_per_second());
  print(line,
        snprintf(line, sizeof line, "loopscope: %s blocked an event loop for %.1f ms; called from\n",
                 call.name, ms),
        sizeof line);
  for (std::uint32_t i = 0; i < call.count; ++i) {
    Dl_info info;
    const char* function = function_at(call.frames[i], info);
    const std::uint64_t base = reinterpret_cast<std::uint64_t>(info.dli_fbase);
    print(line,
          snprintf(line, sizeof line, "  %s+0x%llx%s%s\n", info.dli_fname != nullptr ? info.dli_fname : "?",
                   static_cast<unsigned long long>(call.frames[i] - base), function != nullptr ? " " : "",
                   function != nullptr ? function : ""),
          sizeof line);
  }
  abort();
}

std::uint32_t site_of(const Call& call, const SiteDefinition& base) {
  const Ring& ring = g_recording.ring;
  const std::uint32_t from_caller = caller_site(ring, base, call.frames[0]);
  if (!g_recording.stacks || call.count <= 1) return from_caller;
  return intern_stack_site(ring, base, from_caller, {call.frames, call.count, call.truncated});
}

// One record with a time of its own, not before the thread's last one.
template <class... Words>
bool record_at(std::uint64_t time, RecordKind kind, Words... words) {
  Pen& pen = t_pen;
  if (!is_ready(pen) && !make_ready()) return false;
  std::uint64_t* at = take_pen(pen);
  pen.last_ticks = std::max(time, pen.last_ticks);
  *at++ = pen.last_ticks << kKindBits | kind;
  ((*at++ = words), ...);
  commit(pen, at);
  drop_pen(pen);
  return true;
}

void record(const Call& call, const SiteDefinition& base, int error) {
  Pen& pen = t_pen;
  if (!is_ready(pen) && !make_ready()) return;  // a signal handler amid a record: there is no place for it
  const std::uint64_t parent = current_task(pen);
  const std::uint32_t site = site_of(call, base);
  take_pen(pen);
  if (pen.next_task == pen.last_task) take_task_block(pen);
  const std::uint64_t task = pen.next_task++;
  drop_pen(pen);
  record_at(call.begin, kRecordCreated, task, (parent & kMaxTask) << kSiteBits | site);
  // Deeper spans than are kept are recorded without this one inside.
  if (pen.top < pen.highest && record_at(call.begin, kRecordBegin, task)) {
    *++pen.top = {task, pen.last_ticks};
    if (record_at(call.end, kRecordEnd)) --pen.top;
  }
  if (error == 0) {
    record_at(call.end, kRecordFinished, task);
  } else {
    const std::uint64_t text = intern_string(g_recording.ring, strerrorname_np(error));
    record_at(call.end, kRecordFinishedWith, task, std::uint64_t{LOOPSCOPE_OUTCOME_ERROR} << 32 | text,
              static_cast<std::uint64_t>(static_cast<std::int64_t>(error)));
  }
}

}  // namespace

void set_blocking_policy(BlockingPolicy policy) {
  const std::uint64_t limit = policy.limit_ms == UINT64_MAX
                                  ? 0
                                  : std::max<std::uint64_t>(policy.limit_ms * (ticks_per_second() / 1000), 1);
  g_policy.store(new Policy{std::move(policy), getpid(), g_policy.load(std::memory_order_relaxed)},
                 std::memory_order_release);
  g_blocking_limit.store(limit, std::memory_order_release);
}

}  // namespace loopscope::record

using namespace loopscope::record;

extern "C" {

__thread loopscope_internal_calls loopscope_internal_my_calls;

std::uint64_t loopscope_internal_ticks(void) { return ticks(); }

void loopscope_internal_blocked(const char* name, loopscope_site site, std::uint64_t begin, std::uint64_t end,
                                int error, const void* return_address) {
  const Policy* policy = g_policy.load(std::memory_order_acquire);
  // Processors whose counters differ may have taken turns.
  if (!is_busy() || policy == nullptr || end < begin) return;
  const ErrnoKeeper errno_keeper;
  const SiteDefinition* base = base_site(site & kMaxSite);
  if (base == nullptr || getpid() != policy->pid) return;
  Call call{name, begin, end, {}, 0, false};
  call.count = loopscope::stack::capture(return_address, call.frames, g_recording.max_frames, call.truncated);
  if (is_allowed(policy->asked.allowed, call)) return;
  record(call, *base, error);
  if (policy->asked.abort) abort_at(call);
}

}  // extern "C"
