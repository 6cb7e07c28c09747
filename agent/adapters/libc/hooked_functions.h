// The functions of libc that we stand in front of, each once, with the name that the trace gives to the call. What
// they block on: time, disks, names, locks, processes, descriptors. The exported symbols follow this list.
#pragma once

// clang-format off
#define LOOPSCOPE_LIBC_HOOKED_FUNCTIONS(X)                                                              \
  X(nanosleep) X(clock_nanosleep) X(usleep) X(sleep)                                                    \
  X(fsync) X(fdatasync)                                                                                 \
  X(getaddrinfo) X(gethostbyname)                                                                       \
  X(flock) X(pthread_mutex_lock)                                                                        \
  X(waitpid) X(system)                                                                                  \
  X(poll)
// clang-format on
