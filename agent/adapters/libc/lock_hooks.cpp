// Locks are taken often and rarely waited for: the clock is read only where the lock is not to be had at once.
#include "agent/adapters/libc/blocking_call.h"

using namespace loopscope::libc;

// A lock that can be had at once is taken by trying. Any answer but "busy" is that of the lock itself. Outside of a loop a
// hook is two loads and a jump: it keeps no register for what follows elsewhere.
#define LOOPSCOPE_LOCK(name, type, try_lock)                                                         \
  namespace {                                                                                        \
  [[gnu::noinline, gnu::hot]] int name##_in_loop(type* lock, const void* return_address) {           \
    if (is_measured()) {                                                                             \
      if (const int result = try_lock(lock); result != EBUSY) return result;                         \
    }                                                                                                \
    return timed(Name::name, LOOPSCOPE_REAL(name), return_address, by_result,                        \
                 [&](auto* real_lock) { return real_lock(lock); });                                  \
  }                                                                                                  \
  }                                                                                                  \
  LOOPSCOPE_HOT_HOOK int name(type* lock) noexcept {                                                 \
    const auto known = __atomic_load_n(&real.name, __ATOMIC_RELAXED);                                \
    if (known == nullptr || is_measured()) return name##_in_loop(lock, __builtin_return_address(0)); \
    return known(lock);                                                                              \
  }
LOOPSCOPE_LOCK(pthread_mutex_lock, pthread_mutex_t, pthread_mutex_trylock)
LOOPSCOPE_LOCK(pthread_rwlock_rdlock, pthread_rwlock_t, pthread_rwlock_tryrdlock)
LOOPSCOPE_LOCK(pthread_rwlock_wrlock, pthread_rwlock_t, pthread_rwlock_trywrlock)

LOOPSCOPE_HOOK int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) noexcept {
  return LOOPSCOPE_TIMED(pthread_mutex_timedlock, by_result, mutex, until);
}

LOOPSCOPE_HOOK int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  return LOOPSCOPE_TIMED(pthread_cond_wait, by_result, condition, mutex);
}

LOOPSCOPE_HOOK int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                          const timespec* until) {
  return LOOPSCOPE_TIMED(pthread_cond_timedwait, by_result, condition, mutex, until);
}

LOOPSCOPE_HOOK int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                                          const timespec* until) {
  return LOOPSCOPE_TIMED(pthread_cond_clockwait, by_result, condition, mutex, clock, until);
}

LOOPSCOPE_HOOK int pthread_join(pthread_t thread, void** result_of_it) {
  return LOOPSCOPE_TIMED(pthread_join, by_result, thread, result_of_it);
}

LOOPSCOPE_HOOK int sem_wait(sem_t* semaphore) { return LOOPSCOPE_TIMED(sem_wait, by_errno<int>, semaphore); }

LOOPSCOPE_HOOK int sem_timedwait(sem_t* semaphore, const timespec* until) {
  return LOOPSCOPE_TIMED(sem_timedwait, by_errno<int>, semaphore, until);
}
