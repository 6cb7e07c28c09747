#include "agent/record/own_threads.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

namespace loopscope::record {
namespace {

constexpr int kMost =
    8;  // writer, watchdog and prover, and those of a recording that were left to themselves
std::atomic<int> g_threads[kMost];

int own_number() { return static_cast<int>(syscall(SYS_gettid)); }

}  // namespace

void own_thread_begins() {
  for (std::atomic<int>& entry : g_threads) {
    int nobody = 0;
    if (entry.compare_exchange_strong(nobody, own_number(), std::memory_order_acq_rel)) return;
  }
}

void own_thread_ends() {
  for (std::atomic<int>& entry : g_threads) {
    int own = own_number();
    if (entry.compare_exchange_strong(own, 0, std::memory_order_acq_rel)) return;
  }
}

bool is_own_thread(int tid) {
  for (const std::atomic<int>& entry : g_threads) {
    if (entry.load(std::memory_order_acquire) == tid) return true;
  }
  return false;
}

void forget_own_threads() {
  for (std::atomic<int>& entry : g_threads) entry.store(0, std::memory_order_relaxed);
}

}  // namespace loopscope::record
