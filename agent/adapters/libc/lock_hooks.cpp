// Locks are taken often and rarely waited for: the clock is read only where the lock is not to be had at once.
#include "agent/adapters/libc/blocking_call.h"

using namespace loopscope::libc;

LOOPSCOPE_HOOK int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  const auto lock = LOOPSCOPE_REAL(pthread_mutex_lock);
  if (!loopscope_internal_busy_loop()) return lock(mutex);
  // Any other answer is that of the lock itself.
  if (const int result = pthread_mutex_trylock(mutex); result != EBUSY) return result;
  return LOOPSCOPE_TIMED(pthread_mutex_lock, by_result, mutex);
}
