// The functions of libc that we stand in front of, each once, with the name that the trace gives to the call. What
// they block on: time, disks, names, locks, processes, descriptors. The exported symbols follow this list.
#pragma once

// clang-format off
#define LOOPSCOPE_LIBC_HOOKED_FUNCTIONS(X)                                                              \
  X(nanosleep) X(clock_nanosleep) X(usleep) X(sleep)                                                    \
  X(poll) X(ppoll) X(select) X(pselect) X(epoll_wait) X(epoll_pwait) X(epoll_pwait2)                    \
  X(fsync) X(fdatasync) X(syncfs)                                                                       \
  X(open) X(open64) X(openat) X(openat64) X(fcntl) X(fcntl64)                                           \
  X(read) X(readv) X(pread) X(pread64) X(write) X(writev) X(pwrite) X(pwrite64)                         \
  X(flock) X(lockf) X(lockf64)                                                                          \
  X(__read_chk) X(__pread_chk) X(__pread64_chk) X(__recv_chk) X(__recvfrom_chk) X(__poll_chk)           \
  X(__ppoll_chk) X(__open_2) X(__open64_2) X(__openat_2) X(__openat64_2)                                \
  X(pthread_mutex_lock) X(pthread_mutex_timedlock) X(pthread_rwlock_rdlock) X(pthread_rwlock_wrlock)    \
  X(pthread_cond_wait) X(pthread_cond_timedwait) X(pthread_cond_clockwait) X(pthread_join)              \
  X(sem_wait) X(sem_timedwait)                                                                          \
  X(wait) X(waitpid) X(wait3) X(wait4) X(waitid) X(system) X(popen) X(pclose)                           \
  X(getaddrinfo) X(getnameinfo) X(gethostbyname) X(gethostbyname2) X(gethostbyaddr) X(gethostbyname_r)  \
  X(connect) X(accept) X(accept4) X(recv) X(recvfrom) X(recvmsg) X(send) X(sendto) X(sendmsg)
// clang-format on
