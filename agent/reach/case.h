// What is laid before the child that looks for references, and what it finds: memory that it shares with its parent.
// The prover makes it, threads_held and kernel_words add to it while the program stands still, the child judges.
// Nothing here allocates or locks.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "agent/record/observations.h"

namespace loopscope::reach {

struct Range {
  std::uint64_t begin = 0, end = 0;
  bool holds(std::uint64_t address) const { return address >= begin && address < end; }
};

// Of a thread that stands still: below `stack` nothing of its stack is in use. `thread`: where libc's record of it is,
// in the memory that its stack is in, unless it runs on one of its own.
struct StackInUse {
  std::uint64_t stack = 0, thread = 0;
};

// The thread that asks, and waits for the answer. Its registers are on its stack, and what is below is the agent's.
struct Caller {
  int tid = 0;
  StackInUse stack;
};

using Trouble = record::ReachTrouble;

struct Case {
  static constexpr std::uint32_t kMostWords = 256 * 1024;
  static constexpr std::uint32_t kMostStacks = 4096;
  static constexpr std::uint32_t kMostTasks = 32 * 1024;
  static constexpr std::uint32_t kMostOwn = 16;

  // Laid down before.
  std::uint64_t deadline_ns = 0;
  Caller caller;
  std::uint32_t recording = 0;  // frames of another one are not looked at
  Range own[kMostOwn];          // memory that is the agent's: holds no references
  std::uint32_t own_count = 0, own_kept = 0;
  std::uint32_t word_count = 0, stack_count = 0;
  Trouble trouble = Trouble::none;  // also of the verdict
  StackInUse stacks[kMostStacks];
  std::uint64_t
      words[kMostWords];  // that may be references and are in no memory: registers, what the kernel holds

  // The verdict.
  std::atomic<std::uint32_t> done{0};  // futex
  std::uint64_t suspended = 0;
  std::uint64_t reached = 0;
  std::uint64_t elsewhere = 0;  // among the reached: in memory that is no block of libc's malloc
  std::uint64_t unreachable = 0;
  std::uint64_t heap_bytes = 0, root_bytes = 0;
  std::uint32_t task_count = 0;
  std::uint64_t tasks[kMostTasks];

  // For another copy: what was found with this one is forgotten, what is the agent's is known as far as it was then.
  void start_over() {
    if (own_kept == 0) own_kept = own_count;
    own_count = own_kept;
    word_count = stack_count = task_count = 0;
    trouble = Trouble::none;
    suspended = reached = elsewhere = unreachable = heap_bytes = root_bytes = 0;
    done.store(0, std::memory_order_relaxed);
  }
  void add_own(Range range) {
    if (own_count < kMostOwn) own[own_count++] = range;
  }
  void add_word(std::uint64_t word) {
    if (word < 4096) return;
    if (word_count < kMostWords) {
      words[word_count++] = word;
    } else {
      trouble = Trouble::too_much_to_hold;
    }
  }
  void add_stack(StackInUse stack) {
    if (stack_count < kMostStacks) {
      stacks[stack_count++] = stack;
    } else {
      trouble = Trouble::too_much_to_hold;
    }
  }
};

}  // namespace loopscope::reach
