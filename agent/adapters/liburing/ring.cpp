// See ring.h.
#include "agent/adapters/liburing/ring.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

namespace loopscope::liburing {
namespace {

// Beyond the last one that is known, entries may have any size.
constexpr unsigned kKnownSetup = (1u << 18) - 1;

// Why a task ends that may not have ended: it is no pending one that could be taken for a leak.
constexpr const char* kNotSeen = "end not seen";

unsigned sq_mask(const io_uring& ring) { return *ring.sq.kring_mask; }

const io_uring_sqe& submission(const io_uring& ring, unsigned at) {
  const unsigned shift = (ring.flags & IORING_SETUP_SQE128) != 0;
  return ring.sq.sqes[static_cast<size_t>(at & sq_mask(ring)) << shift];
}

struct Completion {
  uint64_t user_data;
  int32_t result;
  uint32_t flags;
};

Completion completion(const Queue& queue, unsigned at) {
  const io_uring_cqe& entry = queue.entries[static_cast<size_t>(at & queue.mask) << queue.shift];
  // In this order with the look at the ends behind them.
  return {__atomic_load_n(&entry.user_data, __ATOMIC_ACQUIRE), __atomic_load_n(&entry.res, __ATOMIC_ACQUIRE),
          __atomic_load_n(&entry.flags, __ATOMIC_ACQUIRE)};
}

bool begins_walk(Ring& state) {
  int free = 0;
  return __atomic_compare_exchange_n(&state.walking, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}
// Against another thread that takes a look while the ring goes away. It does not take long, unless it is not let run.
bool begins_last_walk(Ring& state) {
  for (unsigned i = 0; i < 10'000; ++i) {
    if (begins_walk(state)) return true;
    if (i % 64 == 63) sched_yield();
  }
  return false;
}
void ends_walk(Ring& state) { __atomic_store_n(&state.walking, 0, __ATOMIC_RELEASE); }

void finish(const Operation& operation, int32_t result) {
  if (operation.task == 0) return;
  if (result >= 0) return loopscope_task_finished(operation.task);
  // Time is what these wait for.
  const bool is_timer = operation.kind == Kind::timeout || operation.kind == Kind::link_timeout;
  if (result == -ETIME && is_timer) return loopscope_task_finished(operation.task);
  if (result == -ECANCELED) {
    return loopscope_task_finished_with(operation.task, LOOPSCOPE_OUTCOME_CANCELLED, 0, nullptr);
  }
  loopscope_task_finished_with(operation.task, LOOPSCOPE_OUTCOME_ERROR, -result, strerrorname_np(-result));
}

void finish_unseen(loopscope_task task) {
  if (task != 0) loopscope_task_finished_with(task, LOOPSCOPE_OUTCOME_OK, 0, kNotSeen);
}

// Those behind a silent one that has failed have no completion, but for timeouts of linked ones.
void give_up_behind(InFlight& in_flight, Entry* failed) {
  Entry* entry = in_flight.next_in_chain(failed);
  while (entry != nullptr) {
    Entry* next = in_flight.next_in_chain(entry);
    if (entry->operation.silent || entry->operation.kind != Kind::link_timeout) {
      finish(entry->operation, -ECANCELED);
      in_flight.remove(entry);
    }
    entry = next;
  }
}

// Where one before it has failed and told so, those behind it tell, too.
void silent_one_failed(InFlight& in_flight, Entry* entry, int32_t result) {
  const bool with_the_others = entry->operation.follows_told && result == -ECANCELED;
  if (!with_the_others) give_up_behind(in_flight, entry);
  in_flight.remove(entry);
}

void note(Completed* completed, const Operation& operation) {
  if (completed == nullptr || operation.file < 0 || completed->told == Completed::kMost) return;
  completed->files[completed->told++] = static_cast<uint64_t>(operation.file);
}

void ended(InFlight& in_flight, const Completion& completion, Completed* completed) {
  Entry* entry = in_flight.find(completion.user_data);
  if (entry == nullptr) {
    Entry* silent = in_flight.find_silent(completion.user_data);
    if (silent != nullptr) silent_one_failed(in_flight, silent, completion.result);
    return;
  }
  note(completed, entry->operation);
  if (completion.flags & IORING_CQE_F_MORE) {
    if (completion.result < 0) entry->error = completion.result;
    return;
  }
  const int32_t result = completion.result < 0 ? completion.result : entry->error;
  finish(entry->operation, result);
  if (entry->operation.chain != 0) in_flight.remove_silent_before(entry);
  in_flight.remove(entry);
}

// Completions have been there that were not seen: any operation may have been among them.
void lose_count(Ring& state) {
  if (state.in_flight.has_shared()) state.given_up = true;
  state.in_flight.for_each([](Entry* entry) { finish_unseen(entry->operation.task); });
  state.in_flight.clear();
}

bool is_consumed(const Queue& queue, unsigned at) {
  return static_cast<int>(__atomic_load_n(queue.head, __ATOMIC_ACQUIRE) - at) > 0;
}

// Whether the kernel may have written another completion over one at `at` when it was read: as soon as the program has consumed
// it, that is the one a whole queue later. The kernel writes some before it says so: what it has at hand, as many as are in
// flight at most, and an eighth of the queue is more than it was seen to have.
bool may_be_overwritten(const Ring& state, unsigned at) {
  if (!is_consumed(state.queue, at)) return false;
  const unsigned entries = state.queue.mask + 1;
  const unsigned in_flight = state.in_flight.size();
  const unsigned at_hand = in_flight < entries / 8 ? in_flight : entries / 8;
  return __atomic_load_n(state.queue.tail, __ATOMIC_ACQUIRE) - at + at_hand > entries;
}

void take_announced(Ring& state) { state.in_flight.take(finish_unseen); }

// Links of the entry before that is looked at.
struct Chain {
  uint32_t number;
  bool goes_on;
  bool has_told;
};

// A silent entry is of interest only for those behind it that are not.
bool is_followed_by_told(const io_uring& ring, unsigned at, unsigned end) {
  for (; at + 1 != end && has_next(submission(ring, at)); ++at) {
    if (!is_silent(submission(ring, at + 1))) return true;
  }
  return false;
}

// What it is called that has the user_data of others in flight.
Kind kind_beside_others(InFlight& in_flight, const Operation& operation) {
  for (Entry* other = in_flight.find(operation.user_data); other != nullptr;
       other = in_flight.younger(other)) {
    if (other->operation.kind != operation.kind) return Kind::ambiguous;
  }
  return operation.kind;
}

void ask_to_stop(InFlight& in_flight, const Cancelled& cancelled, loopscope_site site) {
  Entry* entry = cancelled.any ? in_flight.find(cancelled.user_data) : nullptr;
  for (; entry != nullptr; entry = cancelled.all ? in_flight.younger(entry) : nullptr) {
    loopscope_cancel_requested(entry->operation.task, site);
  }
}

void let_renamed_go(InFlight& in_flight, const Cancelled& renamed) {
  Entry* entry = renamed.any ? in_flight.find(renamed.user_data) : nullptr;
  if (entry == nullptr) return;
  finish_unseen(entry->operation.task);
  in_flight.remove(entry);
}

// What the operations in flight have to do with one that is about to be. Not asked while another thread has them: it does not
// take long, so neither does this, and the task is made behind it.
void look_at_others(Ring& state, const io_uring_sqe& entry, Operation& operation) {
  if (!begins_walk(state)) return;
  take_announced(state);
  state.in_flight.rewind();
  let_renamed_go(state.in_flight, renamed_by(entry));
  if (!operation.silent) operation.kind = kind_beside_others(state.in_flight, operation);
  ask_to_stop(state.in_flight, cancelled_by(entry), site_of(operation.kind, operation.multishot));
  ends_walk(state);
}

}  // namespace

bool is_known(const io_uring& ring) {
  return (ring.flags & ~kKnownSetup) == 0 && ring.sq.kring_mask != nullptr && ring.cq.kring_mask != nullptr;
}

Queue queue_of(const io_uring& ring) {
  return {ring.cq.khead, ring.cq.ktail, ring.cq.cqes, *ring.cq.kring_mask,
          (ring.flags & IORING_SETUP_CQE32) != 0};
}

uint32_t capacity_for(const io_uring& ring) {
  const uint32_t entries = *ring.cq.kring_mask + 1;
  return entries < 4096 ? 16384 : entries * 4;
}

uint32_t announced_for(const io_uring& ring) {
  const uint32_t entries = sq_mask(ring) + 1;
  return entries < 4096 ? 16384 : entries * 4;
}

bool begin(Ring& state, const io_uring& ring) {
  if (!begins_walk(state)) return false;
  state.in_flight.clear();
  state.given_up = false;
  state.is_open = true;
  state.queue = queue_of(ring);
  state.seen = __atomic_load_n(ring.cq.ktail, __ATOMIC_ACQUIRE);
  state.told = ring.sq.sqe_head;
  __atomic_store_n(&state.recording, loopscope_recording(), __ATOMIC_RELEASE);
  ends_walk(state);
  return true;
}

void look_at_submissions(Ring& state, const io_uring& ring, const void* return_address) {
  const unsigned end = ring.sq.sqe_tail;
  unsigned at = ring.sq.sqe_head;
  // Told already, in a call that did not come to submit them.
  if (state.told - at <= end - at) at = state.told;
  if (end - at > sq_mask(ring) + 1) return;
  state.told = end;
  if (at == end || state.given_up) return;
  const bool has_own_timeouts = !(ring.features & IORING_FEAT_EXT_ARG);
  Chain chain{};
  for (; at != end; ++at) {
    const io_uring_sqe& entry = submission(ring, at);
    if (!chain.goes_on) chain = {has_next(entry) ? ++state.chains : 0, false, false};
    chain.goes_on = has_next(entry);
    Operation operation{entry.user_data,  0,
                        file_of(entry),   chain.number,
                        kind_of(entry),   is_multishot(entry),
                        is_silent(entry), chain.has_told};
    chain.has_told |= !operation.silent;
    // liburing's own, for the time limit of a wait.
    if (has_own_timeouts && entry.user_data == LIBURING_UDATA_TIMEOUT) continue;
    look_at_others(state, entry, operation);
    if (operation.silent && (!gives_up_next(entry) || !is_followed_by_told(ring, at, end))) continue;
    if (!state.in_flight.has_room()) continue;
    if (!operation.silent) {
      operation.task = loopscope_task_created_from(site_of(operation.kind, operation.multishot),
                                                   LOOPSCOPE_RUNNING_TASK, return_address);
    }
    state.in_flight.announce(operation);
  }
  if (!begins_walk(state)) return;
  take_announced(state);
  ends_walk(state);
}

void look_at_completions(Ring& state, Completed* completed) {
  if (!begins_walk(state)) return;
  if (!state.is_open) return ends_walk(state);
  const unsigned end = __atomic_load_n(state.queue.tail, __ATOMIC_ACQUIRE);
  unsigned at = state.seen;
  if (at == end) return ends_walk(state);
  // What completes was announced before it was submitted.
  take_announced(state);
  if (end - at > state.queue.mask + 1) {
    lose_count(state);
    at = end;
  }
  for (; at != end; ++at) {
    const Completion one = completion(state.queue, at);
    if (may_be_overwritten(state, at)) {
      lose_count(state);
      at = end;
      break;
    }
    ended(state.in_flight, one, is_consumed(state.queue, at) ? nullptr : completed);
  }
  __atomic_store_n(&state.seen, at, __ATOMIC_RELAXED);
  ends_walk(state);
}

void end(Ring& state) {
  look_at_completions(state, nullptr);
  const bool walks = begins_last_walk(state);
  if (walks) {
    take_announced(state);
    state.in_flight.for_each([](Entry* entry) {
      const Operation& operation = entry->operation;
      if (operation.task == 0) return;
      if (operation.multishot) return loopscope_task_finished(operation.task);
      loopscope_task_finished_with(operation.task, LOOPSCOPE_OUTCOME_ABANDONED, 0, nullptr);
    });
    state.in_flight.clear();
  }
  state.is_open = false;
  if (walks) ends_walk(state);
}

void close(Ring& state) {
  const bool walks = begins_last_walk(state);
  state.is_open = false;
  if (walks) ends_walk(state);
}

void let_go(Ring& state) {
  const bool walks = begins_last_walk(state);
  if (walks) {
    take_announced(state);
    lose_count(state);
  }
  state.is_open = false;
  if (walks) ends_walk(state);
}

}  // namespace loopscope::liburing
