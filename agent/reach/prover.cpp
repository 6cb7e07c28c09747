#include "agent/reach/prover.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstring>
#include <span>

#include "agent/reach/case.h"
#include "agent/reach/held_threads.h"
#include "agent/reach/kernel_words.h"
#include "agent/reach/regions.h"
#include "agent/reach/snapshot.h"
#include "agent/record/clock.h"
#include "agent/record/own_threads.h"

// Where the linker puts the agent's own variables.
extern "C" __attribute__((visibility("hidden"))) char __bss_start[], _end[];

namespace loopscope::reach {

using record::ReachObservation;
using record::ReachTrouble;

namespace {

// Longer no thread stands still before the copy is made.
constexpr std::uint64_t kLongestHold = 500'000'000;
// What the child may need beyond its time to say so.
constexpr std::uint64_t kGrace = 100'000'000;
constexpr std::size_t kTasksARecord = 512;

struct Proof {
  const Question* question = nullptr;
  Caller caller;
  ReachObservation found;
  std::atomic<std::uint32_t> done{0};  // futex
};

// From now on the calling thread has a table of descriptors of its own, with nothing in it: the copy has none of the
// program's files.
void leave_descriptors() {
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1)
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
  syscall(SYS_close_range, 0u, ~0u, CLOSE_RANGE_UNSHARE);
}

// The agent's other threads go on, and may give back memory between the look at the map and the copy.
constexpr int kTries = 3;

// No lock and no malloc while the threads are held, which is until the copy is made.
bool copy_process(Proof& proof, Case& of, Regions& original, Snapshot& snapshot, std::uint64_t deadline) {
  HeldThreads held;
  const std::uint64_t begin = record::monotonic_ns();
  // There is nobody but who waits for us: nobody moves.
  if (threads_of_the_program() == 1 && comes_to_wait(proof.caller.tid)) {
    of.add_stack(proof.caller.stack);
  } else if (!held.hold(of, std::min(deadline, begin + kLongestHold))) {
    if (of.trouble == ReachTrouble::none) {
      const bool is_late = record::monotonic_ns() >= deadline;
      of.trouble = is_late ? ReachTrouble::no_time : ReachTrouble::threads_not_held;
    }
    return false;
  }
  add_kernel_words(of, proof.caller.tid);
  if (of.trouble == ReachTrouble::none && !original.read()) of.trouble = ReachTrouble::no_map;
  of.add_own(original.own_text());
  of.add_own(original.own_list());
  proof.found.ticks = record::ticks();
  bool copied = false;
  if (of.trouble == ReachTrouble::none) {
    copied = snapshot.take(of, original);
    if (!copied) of.trouble = ReachTrouble::no_copy;
  }
  if (!held.release() && copied) {
    // They were let go before the copy was made.
    snapshot.give_up();
    of.trouble = ReachTrouble::threads_not_held;
    copied = false;
  }
  proof.found.pause_ns = record::monotonic_ns() - begin;
  return copied;
}

void fill(ReachObservation& found, const Case& of) {
  found.trouble = of.trouble;
  found.suspended = of.suspended;
  found.reached = of.reached;
  found.elsewhere = of.elsewhere;
  found.unreachable = of.unreachable;
  found.heap_bytes = of.heap_bytes;
  found.root_bytes = of.root_bytes;
  found.threads = of.stack_count;
}

// The first record has the facts; tasks that it has no room for follow in more of the same check.
void tell(const record::Ring& ring, ReachObservation found, std::span<const std::uint64_t> tasks) {
  do {
    const std::size_t count = std::min(tasks.size(), kTasksARecord);
    found.tasks = static_cast<std::uint32_t>(count);
    observe(ring, found, tasks.first(count));
    tasks = tasks.subspan(count);
  } while (!tasks.empty());
}

void examine(Proof& proof) {
  const Question& question = *proof.question;
  ReachObservation& found = proof.found;
  found.check = question.check;
  found.at_exit = question.at_exit;
  found.ticks = record::ticks();
  const std::uint64_t begin = record::monotonic_ns();
  const std::uint64_t deadline = begin + std::uint64_t{question.timeout_ms} * 1'000'000u;
  void* const memory = mmap(nullptr, sizeof(Case), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    found.trouble = ReachTrouble::no_memory;
    observe(question.ring, found, {});
    return;
  }
  Case& of = *new (memory) Case;
  of.deadline_ns = deadline;
  of.recording = question.recording;
  of.caller = proof.caller;
  const auto address = reinterpret_cast<std::uint64_t>(memory);
  of.add_own({address, address + sizeof(Case)});
  const auto ring = reinterpret_cast<std::uint64_t>(question.ring.header);
  of.add_own({ring, ring + question.ring.header->mapping_bytes});

  // Copies of stacks, among other things.
  of.add_own({reinterpret_cast<std::uint64_t>(__bss_start), reinterpret_cast<std::uint64_t>(_end)});

  for (int i = 0; i < kTries && (i == 0 || of.trouble == ReachTrouble::not_inherited); ++i) {
    of.start_over();
    Regions original;
    Snapshot snapshot;
    if (copy_process(proof, of, original, snapshot, deadline)) snapshot.wait(of, deadline + kGrace);
    original.give_back();
  }
  fill(found, of);
  found.duration_ns = record::monotonic_ns() - begin;
  const bool is_proven = of.trouble == ReachTrouble::none;
  std::sort(of.tasks, of.tasks + of.task_count);
  tell(question.ring, found, {of.tasks, is_proven ? of.task_count : 0});
  munmap(memory, sizeof(Case));
}

void* run(void* proof) {
  prctl(PR_SET_NAME, "loopscope-reach");
  record::own_thread_begins();
  leave_descriptors();
  Proof& own = *static_cast<Proof*>(proof);
  examine(own);
  record::own_thread_ends();
  own.done.store(1, std::memory_order_release);
  syscall(SYS_futex, &own.done, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
  return nullptr;
}

}  // namespace

ReachObservation prove(const Question& question) {
  Proof proof;
  proof.question = &question;
  proof.caller = {
      static_cast<int>(syscall(SYS_gettid)),
      {reinterpret_cast<std::uint64_t>(question.stack), static_cast<std::uint64_t>(pthread_self())}};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 512 * 1024);
  // A signal to the process must never be handled here: the handler would be the host's.
  sigset_t all, before;
  sigfillset(&all);
  pthread_t thread{};
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread, &attributes, run, &proof);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    proof.found.trouble = ReachTrouble::no_copy;
    return proof.found;
  }
  // Not by pthread_join alone: a hook would take that for a call of the program's that blocks.
  while (proof.done.load(std::memory_order_acquire) == 0) {
    syscall(SYS_futex, &proof.done, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
  }
  pthread_join(thread, nullptr);
  return proof.found;
}

}  // namespace loopscope::reach
